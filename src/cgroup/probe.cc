// SPDX-License-Identifier: Apache-2.0
#include "cgroup/probe.h"

#include <linux/magic.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

constexpr const char *kRoot = "/sys/fs/cgroup";
constexpr std::size_t kFileMax = std::size_t{1} << 20;

std::vector<std::string> split(std::string_view text, std::string_view separators)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find_first_of(separators));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        if (!part.empty()) {
            parts.emplace_back(part);
        }
    }
    return parts;
}

bool mounted(const std::string &path, std::uint64_t magic)
{
    const auto type = kernel::statfs_type(path);
    return type.ok() && *type == magic;
}

/// A mount of a cgroup file system, as mountinfo(5) has it.
struct Mount {
    std::string path;
    bool v2 = false;
    std::vector<std::string> options;  ///< of the superblock: the controllers of v1 are among them
};

/// All of them.
std::vector<Mount> mounts()
{
    std::vector<Mount> mounts;
    const auto text = kernel::read_file(kernel::kCwd, "/proc/self/mountinfo", kFileMax);
    for (const std::string &line : split(text.ok() ? *text : std::string(), "\n")) {
        const std::size_t dash = line.find(" - ");
        if (dash == std::string::npos) {
            continue;
        }
        const auto head = split(line.substr(0, dash), " "), tail = split(line.substr(dash + 3), " ");
        if (head.size() > 4 && tail.size() > 2 && (tail[0] == "cgroup" || tail[0] == "cgroup2")) {
            mounts.push_back({head[4], tail[0] == "cgroup2", split(tail[2], ",")});
        }
    }
    return mounts;
}

/// Where v2 is mounted at /sys/fs/cgroup, it is the machine's only one: what somebody mounts of v1 besides,
/// as VPNs do net_cls, is theirs.
// spec: CgroupV1Beside
void forget_v1_beside(plan::CgroupHost &host)
{
    const auto unified = std::ranges::find_if(host.hierarchies, [](const plan::Hierarchy &hierarchy) {
        return hierarchy.v2 && hierarchy.mount == kRoot;
    });
    if (unified != host.hierarchies.end()) {
        host.hierarchies = {plan::Hierarchy(*unified)};
    }
}

/// The mount point of a hierarchy at the usual place, or "".
std::string usual_mount(const plan::Hierarchy &hierarchy, std::string_view names)
{
    if (hierarchy.v2) {
        const std::string hybrid = str(kRoot, "/unified");
        return mounted(kRoot, CGROUP2_SUPER_MAGIC)    ? kRoot
               : mounted(hybrid, CGROUP2_SUPER_MAGIC) ? hybrid
                                                      : "";
    }
    const std::string usual = str(kRoot, '/', names.starts_with("name=") ? names.substr(5) : names);
    return mounted(usual, CGROUP_SUPER_MAGIC) ? usual : "";
}

std::string found_mount(const plan::Hierarchy &hierarchy, const std::vector<Mount> &mounts)
{
    const auto found = std::ranges::find_if(mounts, [&](const Mount &mount) {
        return mount.v2 == hierarchy.v2 &&
               (mount.v2 || std::ranges::all_of(hierarchy.controllers, [&](const std::string &name) {
                    return std::ranges::find(mount.options, name) != mount.options.end();
                }));
    });
    return found == mounts.end() ? "" : found->path;
}

/// Whether the mount shows the way to our own cgroup.  A bind of a part of the hierarchy, as containers have
/// it, doesn't; and none does to one above the root of our cgroup namespace ("/..", cgroup_namespaces(7)).
bool reachable(const plan::Hierarchy &hierarchy)
{
    const std::string &own = hierarchy.own;
    return own == "/" || (own != "/.." && !own.starts_with("/../") &&
                          kernel::faccessat(kernel::kCwd, hierarchy.mount + own, F_OK).ok());
}

/// The hierarchies of /proc/self/cgroup; `mounts`: where they are, null for the usual places.
Result<plan::CgroupHost> hierarchies(const std::vector<std::string> &lines, const std::vector<Mount> *mounts)
{
    plan::CgroupHost host;
    // cgroups(7): "hierarchy-ID:controller-list:path"
    for (const std::string &line : lines) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) {
            continue;
        }
        const std::string names = line.substr(first + 1, second - first - 1);
        plan::Hierarchy hierarchy{.v2 = names.empty(), .controllers = split(names, ",")};
        hierarchy.mount = mounts == nullptr ? usual_mount(hierarchy, names) : found_mount(hierarchy, *mounts);
        if (hierarchy.mount.empty()) {
            continue;
        }
        hierarchy.own = line.substr(second + 1);
        if (!reachable(hierarchy)) {
            hierarchy.own = "/";
        }
        if (hierarchy.v2) {
            TRY_LET(text, kernel::read_file(kernel::kCwd, hierarchy.mount + "/cgroup.controllers", kFileMax));
            hierarchy.controllers = split(text, " \n");
        }
        host.hierarchies.push_back(std::move(hierarchy));
    }
    forget_v1_beside(host);
    return host;
}

}  // namespace

Result<plan::CgroupHost> probe()
{
    auto text = kernel::read_file(kernel::kCwd, "/proc/self/cgroup", kFileMax);
    if (!text.ok() && text.error().err() == ENOENT) {
        return plan::CgroupHost();
    }
    TRY_LET(cgroups, std::move(text));
    const std::vector<std::string> lines = split(cgroups, "\n");
    TRY_LET(host, hierarchies(lines, nullptr));
    if (host.hierarchies.empty()) {
        const std::vector<Mount> all = mounts();
        return hierarchies(lines, &all);
    }
    return host;
}

}  // namespace rt::cgroup
