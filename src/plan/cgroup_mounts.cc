// SPDX-License-Identifier: Apache-2.0
//
// A mount of type "cgroup": the container's own directories, or v2's tree, bound to where it looks for them.
#include <linux/mount.h>

#include "base/str.h"
#include "oci/mount_options.h"
#include "plan/cgroup.h"

namespace rt::plan {
namespace {

using init::Op;

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// The attributes of one of the mounts that a "cgroup" mount consists of.
void set_attributes(const oci::MountOptions &options, const std::string &target, Origin origin,
                    std::vector<Step> &steps)
{
    if (options.attr_set != 0 || options.attr_clr != 0) {
        steps.push_back({.op = Op::kSetAttr,
                         .a = options.attr_set,
                         .b = options.attr_clr,
                         .subject = target,
                         .origin = origin});
    }
    if (options.rec_attr_set != 0 || options.rec_attr_clr != 0) {
        steps.push_back({.op = Op::kSetAttr,
                         .flags = init::kRecursive,
                         .a = options.rec_attr_set,
                         .b = options.rec_attr_clr,
                         .subject = target,
                         .origin = origin});
    }
}

void propagate(const oci::MountOptions &options, const std::string &target, Origin origin,
               std::vector<Step> &steps)
{
    constexpr std::uint32_t kMsRec = 16384;
    for (const std::uint32_t propagation : options.propagation) {
        steps.push_back(
            {.op = Op::kSetAttr,
             .flags = (propagation & kMsRec) != 0 ? std::uint16_t{init::kRecursive} : std::uint16_t{0},
             .c = propagation & ~kMsRec,
             .subject = target,
             .origin = origin});
    }
}

void bind(const std::string &source, const std::string &target, const oci::MountOptions &options,
          Origin origin, std::vector<Step> &steps)
{
    steps.push_back({.op = Op::kTree, .s1 = source, .subject = target, .origin = origin});
    set_attributes(options, target, origin, steps);
    steps.push_back({.op = Op::kAttach, .s1 = target, .origin = origin});
}

/// "cpu" -> "cpu,cpuacct", where two controllers share a hierarchy.
void link_names(const Hierarchy &hierarchy, const std::string &target, Origin origin,
                std::vector<Step> &steps)
{
    const std::string name(base_name(hierarchy.mount));
    for (const std::string &controller : hierarchy.controllers) {
        if (!hierarchy.v2 && controller != name && controller.find('=') == std::string::npos) {
            steps.push_back(
                {.op = Op::kSymlink, .s1 = str(target, '/', controller), .s2 = name, .origin = origin});
        }
    }
}

}  // namespace

// spec: MountsCgroupView MountsCgroupTree
void cgroup_mount_steps(const oci::Mount &mount, Origin origin, const CgroupPlan &cgroup,
                        const CgroupHost &host, CgroupView view, std::vector<Step> &steps)
{
    const oci::MountOptions options = oci::parse_mount_options(mount.options);
    if (cgroup.born_in && (host.unified() || mount.type == "cgroup2")) {
        const CgroupDir &own = cgroup.dirs[*cgroup.born_in];
        const bool tree = host.unified() && view == CgroupView::kTree;
        bind(tree ? host.hierarchies[own.hierarchy].mount : own.path, mount.destination, options, origin,
             steps);
        propagate(options, mount.destination, origin, steps);
        return;
    }
    // Read-only only when everything is in it.
    const std::uint64_t writable = options.attr_set & ~std::uint64_t{MOUNT_ATTR_RDONLY};
    steps.push_back({.op = Op::kFsMount,
                     .a = writable,
                     .s1 = "tmpfs",
                     .s2 = "cgroup",
                     .w3 = {"mode=0755"},
                     .subject = mount.destination,
                     .origin = origin});
    steps.push_back({.op = Op::kAttach, .s1 = mount.destination, .origin = origin});
    for (const CgroupDir &dir : cgroup.dirs) {
        const Hierarchy &hierarchy = host.hierarchies[dir.hierarchy];
        bind(dir.path, str(mount.destination, '/', base_name(hierarchy.mount)), options, origin, steps);
        link_names(hierarchy, mount.destination, origin, steps);
    }
    steps.push_back({.op = Op::kTarget, .s1 = mount.destination, .origin = origin});
    if ((options.attr_set & MOUNT_ATTR_RDONLY) != 0) {
        steps.push_back(
            {.op = Op::kSetAttr, .a = MOUNT_ATTR_RDONLY, .subject = mount.destination, .origin = origin});
    }
    propagate(options, mount.destination, origin, steps);
}

}  // namespace rt::plan
