// SPDX-License-Identifier: Apache-2.0
#include "host/id_maps.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "host/id_ranges.h"
#include "host/obstacles.h"
#include "host/program.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::host {
namespace {

/// One of the two, and how a map of it is written by somebody with more rights than we have.
struct Kind {
    const char *doing, *file, *helper, *grants;
    bool users;
};
constexpr Kind kGroups = {"mapping groups", "/gid_map", "newgidmap", "/etc/subgid", false};
constexpr Kind kUsers = {"mapping users", "/uid_map", "newuidmap", "/etc/subuid", true};

constexpr int kHelperPatienceMs = 30'000;  // it may ask a directory service who we are

/// "PID 0 100000 65536 ...", as newuidmap(1) takes it.
std::vector<std::string> helper_arguments(pid_t pid, const std::vector<oci::IdMapping> &mappings)
{
    std::vector<std::string> words{str(pid)};
    for (const oci::IdMapping &mapping : mappings) {
        words.insert(words.end(), {str(mapping.container_id), str(mapping.host_id), str(mapping.size)});
    }
    return words;
}

// spec: RootlessMaps
Status let_helper_map(const Kind &kind, pid_t pid, const std::vector<oci::IdMapping> &mappings)
{
    auto found = find_program(kind.helper);
    if (!found) {
        return std::move(found).error().hint("Debian and Ubuntu have it in the package \"uidmap\", Fedora in "
                                             "\"shadow-utils\"; without it only the "
                                             "caller's own id can be mapped");
    }
    TRY_LET(output, program_output());
    TRY_LET(status, run_program(*found, helper_arguments(pid, mappings), output, true, kHelperPatienceMs));
    if (status == 0) {
        return {};
    }
    const std::string lines = last_lines(output);
    const auto obstacle = no_rights_for(*found);
    return Error::input(str('"', *found, "\" ", in_words(status), lines.empty() ? "" : ": ", lines))
        .hint(obstacle ? sentence(*obstacle)
                       : str(kind.grants, " has to give these ids to uid ", ::getuid()));
}

/// Why the kernel says EPERM of a map, user_namespaces(7), "Defining user and group ID mappings"; "" where we
/// don't know.  Linux 5.12 is the first to ask for CAP_SETFCAP.
// spec: ErrorsNested
std::string why_not(FdRef procfs, const Kind &kind, const std::vector<oci::IdMapping> &mappings)
{
    constexpr std::size_t kMost = 1 << 16;
    const auto own = kernel::read_file(procfs, str("self", kind.file), kMost);
    const auto foreign = own ? first_unmapped(*own, mappings) : std::nullopt;
    if (foreign) {
        return str("the user namespace that we are in has not all the ids from ", foreign->host_id, " to ",
                   foreign->host_id + (foreign->size - 1), " itself, as its ", kind.file + 1, " says");
    }
    const bool of_root =
        kind.users && std::ranges::any_of(mappings, [](const oci::IdMapping &m) { return m.host_id == 0; });
    return of_root && !kernel::has_capability(CAP_SETFCAP)
               ? "mapping uid 0 takes CAP_SETFCAP, and whoever started the runtime has taken it away"
               : "";
}

Status map_ourselves(FdRef procfs, const Kind &kind, pid_t pid, const std::vector<oci::IdMapping> &mappings)
{
    Status written = kernel::write_file(procfs, str(pid, kind.file), id_map_text(mappings));
    if (written || written.error().err() != EPERM) {
        return written;
    }
    const std::string why = why_not(procfs, kind, mappings);
    return why.empty() ? std::move(written) : Status(std::move(written).error().hint(why));
}

Status write_map(FdRef procfs, pid_t pid, const std::vector<oci::IdMapping> &mappings, const Kind &kind,
                 bool by_helper)
{
    return (by_helper ? let_helper_map(kind, pid, mappings) : map_ourselves(procfs, kind, pid, mappings))
        .context(kind.doing);
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
Status write_id_maps(FdRef procfs, pid_t pid, const IdMaps &maps)
{
    if (maps.deny_setgroups) {
        TRY(kernel::write_file(procfs, str(pid, "/setgroups"), "deny").context("mapping groups"));
    }
    TRY(write_map(procfs, pid, maps.gids, kGroups, maps.gid_helper));
    return write_map(procfs, pid, maps.uids, kUsers, maps.uid_helper);
}

Result<Fd> user_namespace(FdRef procfs, const IdMaps &maps)
{
    // The files of a process that has ended are in /proc those of the machine's root.
    const bool for_root = !maps.uid_helper && !maps.gid_helper && !maps.deny_setgroups &&
                          kernel::is_in_initial_user_namespace();
    TRY_LET(child, for_root ? kernel::ended_in_user_namespace() : kernel::idle_child(CLONE_NEWUSER));
    Status mapped = write_id_maps(procfs, child.pid, maps);
    auto opened = mapped ? kernel::openat(procfs, str(child.pid, "/ns/user"), O_RDONLY)
                         : Result<Fd>(std::move(mapped).error());
    (void)kernel::pidfd_send_signal(child.pidfd, SIGKILL);
    (void)kernel::reap(child.pidfd);
    return opened;
}

}  // namespace rt::host
