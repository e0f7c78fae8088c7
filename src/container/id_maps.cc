// SPDX-License-Identifier: Apache-2.0
#include "container/id_maps.h"

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::container {

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
    TRY(kernel::write_file(procfs, str(pid, "/gid_map"), id_map_text(plan.gid_map))
            .context("mapping groups"));
    return kernel::write_file(procfs, str(pid, "/uid_map"), id_map_text(plan.uid_map))
        .context("mapping users");
}

}  // namespace rt::container
