// SPDX-License-Identifier: Apache-2.0
#include "container/id_maps.h"

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

Status write_maps(FdRef procfs, pid_t pid, const std::vector<oci::IdMapping> &uids,
                  const std::vector<oci::IdMapping> &gids)
{
    TRY(kernel::write_file(procfs, str(pid, "/gid_map"), id_map_text(gids)).context("mapping groups"));
    return kernel::write_file(procfs, str(pid, "/uid_map"), id_map_text(uids)).context("mapping users");
}

Result<Fd> mapped_namespace(FdRef procfs, pid_t pid, const plan::MountIds &ids)
{
    TRY(write_maps(procfs, pid, ids.uid_map, ids.gid_map));
    return kernel::openat(procfs, str(pid, "/ns/user"), O_RDONLY);
}

}  // namespace

std::string id_map_text(const std::vector<oci::IdMapping> &mappings)
{
    std::string text;
    for (const oci::IdMapping &mapping : mappings) {
        text += str(mapping.container_id, ' ', mapping.host_id, ' ', mapping.size, '\n');
    }
    return text;
}

// spec: UserNSMapOwnershipRO, LinuxUserMappings
Status write_id_maps(FdRef procfs, pid_t pid, const plan::Plan &plan)
{
    if (plan.deny_setgroups) {
        TRY(kernel::write_file(procfs, str(pid, "/setgroups"), "deny").context("mapping groups"));
    }
    return write_maps(procfs, pid, plan.uid_map, plan.gid_map);
}

Result<Fd> user_namespace(FdRef procfs, const plan::MountIds &ids)
{
    TRY_LET(child, kernel::ended_in_user_namespace());
    auto opened = mapped_namespace(procfs, child.pid, ids);
    (void)kernel::reap(child.pidfd);
    return opened;
}

}  // namespace rt::container
