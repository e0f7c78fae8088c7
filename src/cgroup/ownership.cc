// SPDX-License-Identifier: Apache-2.0
#include "cgroup/ownership.h"

#include <fcntl.h>

#include <cerrno>
#include <string_view>

#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

constexpr gid_t kKeepGroup = ~gid_t{0};
constexpr std::size_t kListMax = std::size_t{1} << 16;

}  // namespace

// spec: CgroupsOwnershipFallback
std::vector<std::string> delegated_files(const std::string &list)
{
    auto text = kernel::read_file(kernel::kCwd, list, kListMax);
    const std::string lines =
        text ? std::move(text).take() : std::string("cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n");
    std::vector<std::string> files;
    for (std::string_view rest = lines; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (!line.empty()) {
            files.emplace_back(line);
        }
    }
    return files;
}

// spec: CgroupsOwnershipFiles, CgroupsOwnershipMissing, CgroupsOwnershipExisting, CgroupsOwnershipOthers
Status give_to(FdRef dir, uid_t owner, const std::vector<std::string> &files)
{
    for (const std::string &file : files) {
        Status given = kernel::fchownat(dir, file, owner, kKeepGroup, AT_SYMLINK_NOFOLLOW);
        if (!given.ok() && given.error().err() != ENOENT) {
            return given;
        }
    }
    // Last: whoever has it may make cgroups in it.
    return kernel::fchownat(dir, "", owner, kKeepGroup, AT_EMPTY_PATH);
}

}  // namespace rt::cgroup
