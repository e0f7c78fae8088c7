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

/// Mounts that are at none of the usual places; read at most once.
class MountTable {
public:
    std::string find(bool v2, const std::vector<std::string> &controllers)
    {
        if (!read_) {
            read();
        }
        for (const Mount &mount : mounts_) {
            if (mount.v2 == v2 && (v2 || std::ranges::all_of(controllers, [&](const std::string &name) {
                                       return std::ranges::find(mount.options, name) != mount.options.end();
                                   }))) {
                return mount.path;
            }
        }
        return "";
    }

private:
    void read()
    {
        read_ = true;
        const auto text = kernel::read_file(kernel::kCwd, "/proc/self/mountinfo", kFileMax);
        for (const std::string &line : split(text.ok() ? *text : std::string(), "\n")) {
            const std::size_t dash = line.find(" - ");
            if (dash == std::string::npos) {
                continue;
            }
            const auto head = split(line.substr(0, dash), " "), tail = split(line.substr(dash + 3), " ");
            if (head.size() > 4 && tail.size() > 2 && (tail[0] == "cgroup" || tail[0] == "cgroup2")) {
                mounts_.push_back({head[4], tail[0] == "cgroup2", split(tail[2], ",")});
            }
        }
    }

    bool read_ = false;
    std::vector<Mount> mounts_;
};

/// The mount point of a hierarchy, or "" when it is not mounted here.
std::string mount_of(const plan::Hierarchy &hierarchy, std::string_view names, MountTable &table)
{
    if (hierarchy.v2) {
        const std::string hybrid = str(kRoot, "/unified");
        return mounted(kRoot, CGROUP2_SUPER_MAGIC)    ? kRoot
               : mounted(hybrid, CGROUP2_SUPER_MAGIC) ? hybrid
                                                      : table.find(true, {});
    }
    const std::string usual = str(kRoot, '/', names.starts_with("name=") ? names.substr(5) : names);
    return mounted(usual, CGROUP_SUPER_MAGIC) ? usual : table.find(false, hierarchy.controllers);
}

}  // namespace

Result<plan::CgroupHost> probe()
{
    plan::CgroupHost host;
    auto text = kernel::read_file(kernel::kCwd, "/proc/self/cgroup", kFileMax);
    if (!text.ok() && text.error().err() == ENOENT) {
        return host;
    }
    TRY_LET(lines, std::move(text));
    MountTable table;
    // cgroups(7): "hierarchy-ID:controller-list:path"
    for (const std::string &line : split(lines, "\n")) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) {
            continue;
        }
        const std::string names = line.substr(first + 1, second - first - 1);
        plan::Hierarchy hierarchy{.v2 = names.empty(), .controllers = split(names, ",")};
        hierarchy.mount = mount_of(hierarchy, names, table);
        if (hierarchy.mount.empty()) {
            continue;
        }
        hierarchy.own = line.substr(second + 1);
        // A bind of a part of the hierarchy, as containers have it, doesn't show the way to our own.
        if (hierarchy.own != "/" &&
            !kernel::faccessat(kernel::kCwd, hierarchy.mount + hierarchy.own, F_OK).ok()) {
            hierarchy.own = "/";
        }
        if (hierarchy.v2) {
            TRY_LET(controllers,
                    kernel::read_file(kernel::kCwd, hierarchy.mount + "/cgroup.controllers", kFileMax));
            hierarchy.controllers = split(controllers, " \n");
        }
        host.hierarchies.push_back(std::move(hierarchy));
    }
    return host;
}

}  // namespace rt::cgroup
