// SPDX-License-Identifier: Apache-2.0
#include "plan/cgroup_absent.h"

#include <algorithm>
#include <iterator>

#include "base/str.h"

namespace rt::plan {
namespace {

constexpr std::string_view kControllers[] = {"cpu",    "cpuset", "dmem", "hugetlb", "io",
                                             "memory", "misc",   "pids", "rdma"};

/// A v1 hierarchy of the machine, ours to use or not.
const Hierarchy *any_v1(const CgroupHost &host)
{
    const auto own = std::ranges::find(host.hierarchies, false, &Hierarchy::v2);
    if (own != host.hierarchies.end()) {
        return &*own;
    }
    const auto row = std::ranges::find_if(host.withheld, [](const Withheld &w) { return !w.hierarchy.v2; });
    return row == host.withheld.end() ? nullptr : &row->hierarchy;
}

/// Where a controller that is nowhere would have to be.
std::string home_to_make(std::string_view controller, const CgroupHost &host)
{
    if (host.disabled) {
        return "--cgroup-manager disabled makes no cgroup: drop it, or the property";
    }
    const bool any_file = machine_unified(host) && !is_v2_controller(controller);
    const auto row = std::ranges::find_if(host.withheld, [&](const Withheld &withheld) {
        const std::vector<std::string> &theirs = withheld.hierarchy.controllers;
        return any_file || has(theirs, v1_name(controller)) || has(theirs, v2_name(controller));
    });
    if (row != host.withheld.end()) {
        return str(row->why, ": ", row->mend, ", or drop the property");
    }
    if (const Hierarchy *v1 = any_v1(host)) {
        const std::string_view beside = std::string_view(v1->mount).substr(0, v1->mount.rfind('/'));
        return str(host.rootless ? "have root mount it, as \"" : "mount it, as \"", beside, '/',
                   v1_name(controller), "\", if /proc/cgroups lists it; or drop the property");
    }
    if (!machine_unified(host)) {
        return "mount a cgroup file system, or drop the property";
    }
    const std::string &mount =
        host.hierarchies.empty() ? host.withheld[0].hierarchy.mount : host.hierarchies[0].mount;
    return str("\"", mount, "/cgroup.controllers\" has to have it; or drop the property");
}

}  // namespace

bool has(const std::vector<std::string> &words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_v2_controller(std::string_view controller)
{
    return std::ranges::find(kControllers, controller) != std::end(kControllers);
}

std::string_view v2_name(std::string_view controller) { return controller == "blkio" ? "io" : controller; }
std::string_view v1_name(std::string_view controller) { return controller == "io" ? "blkio" : controller; }

bool machine_unified(const CgroupHost &host)
{
    return any_v1(host) == nullptr && !(host.hierarchies.empty() && host.withheld.empty());
}

// spec: ErrorsMissingController
Error absent(std::string_view controller, const Origin &origin, const CgroupHost &host)
{
    return Error::input_at(origin.pointer(),
                           str("the cgroup controller \"", controller, "\" is not available here"))
        .hint(home_to_make(controller, host));
}

Error refuse_unified(std::string_view file, const CgroupHost &host)
{
    if (any_v1(host) == nullptr) {
        const std::string_view controller = file.substr(0, file.find('.'));
        return is_v2_controller(controller) ? absent(controller, {"/linux/resources/unified"}, host)
                                            : Error::input_at(str("/linux/resources/unified/", file),
                                                              "there is no cgroup to have this file")
                                                  .hint(home_to_make(controller, host));
    }
    return Error::input_at(str("/linux/resources/unified/", file),
                           str("\"", file, "\" is a file of cgroup v2, and v1 hierarchies are mounted here"))
        .hint("use the other properties of \"resources\"");
}

}  // namespace rt::plan
