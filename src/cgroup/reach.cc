// SPDX-License-Identifier: Apache-2.0
#include "cgroup/reach.h"

#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

bool may(const std::string &path, int what)
{
    return kernel::faccessat(kernel::kCwd, path, what, AT_EACCESS).ok();
}

std::string parent_of(const std::string &path) { return path.substr(0, path.rfind('/')); }

/// The deepest directory that both cgroups lie in: "/a/b" and "/a/c/d" have "/a", or "".
std::string common(const std::string &one, const std::string &other)
{
    std::size_t last = 0;
    for (std::size_t i = 0;; ++i) {
        const bool end_of_one = i == one.size() || one[i] == '/';
        const bool end_of_other = i == other.size() || other[i] == '/';
        last = end_of_one && end_of_other ? i : last;
        if (i == one.size() || i == other.size() || one[i] != other[i]) {
            return one.substr(0, last);
        }
    }
}

/// Whoever moves a process in v2 has to be let into the place where both ways meet.
bool may_move(const plan::Hierarchy &hierarchy, const std::string &dir)
{
    const std::string own = hierarchy.own == "/" ? "" : hierarchy.own;
    const std::string meeting = common(own, parent_of(dir.substr(hierarchy.mount.size())));
    return may(str(hierarchy.mount, meeting, "/cgroup.procs"), W_OK);
}

// spec: RootlessCgroups
bool within_reach(const plan::Hierarchy &hierarchy, const std::string &dir)
{
    if (may(dir, F_OK)) {
        const char *door = hierarchy.v2 ? "/cgroup.procs" : "/tasks";
        return may(dir + door, W_OK) && (!hierarchy.v2 || may_move(hierarchy, dir));
    }
    std::string above = parent_of(dir);
    while (above.size() > hierarchy.mount.size() && !may(above, F_OK)) {
        above = parent_of(above);
    }
    return may(above, W_OK | X_OK) && (!hierarchy.v2 || may_move(hierarchy, dir));
}

}  // namespace

Status keep_within_reach(plan::CgroupHost &host, const oci::Linux &linux_, std::string_view id)
{
    oci::Linux place;
    place.cgroups_path = linux_.cgroups_path;
    TRY_LET(plan, plan::plan_cgroup(place, id, host));
    std::vector<bool> kept(host.hierarchies.size());
    for (const plan::CgroupDir &dir : plan.dirs) {
        kept[dir.hierarchy] = within_reach(host.hierarchies[dir.hierarchy], dir.path);
        if (!kept[dir.hierarchy]) {
            host.withheld.push_back({std::move(host.hierarchies[dir.hierarchy]),
                                     str("we may not make \"", dir.path, '"'), "have one delegated"});
        }
    }
    std::vector<plan::Hierarchy> left;
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (kept[i]) {
            left.push_back(std::move(host.hierarchies[i]));
        }
    }
    host.hierarchies = std::move(left);
    return {};
}

}  // namespace rt::cgroup
