// SPDX-License-Identifier: Apache-2.0
#include "container/restore_plans.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <utility>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "oci/names.h"

namespace rt::container {
namespace {

/// The cgroups that the container is in now, in CRIU's words: those of the checkpoint may be called
/// otherwise.
std::vector<criu::Pair> cgroup_roots(const Bundle &bundle)
{
    std::vector<criu::Pair> roots;
    for (const plan::CgroupDir &dir : bundle.plan.cgroup.dirs) {
        const plan::Hierarchy &hierarchy = bundle.host.cgroups.hierarchies[dir.hierarchy];
        const std::string path = dir.path.substr(hierarchy.mount.size());
        if (hierarchy.v2) {
            roots.push_back({"", path});
            continue;
        }
        for (const std::string &controller : hierarchy.controllers) {
            roots.push_back({controller, path});
        }
    }
    return roots;
}

/// Of the namespaces that are joined: CRIU enters those that it has a word for, and is handed the others.
Status join_namespaces(RestorePlans &plans)
{
    for (const ExternalNamespace &ns : external_namespaces(plans.bundle.config)) {
        TRY_LET(fd, kernel::openat(kernel::kCwd, ns.path, O_RDONLY));
        plans.told.inherited.push_back({std::string(ns.key), fd.get()});
        plans.inherited.push_back(std::move(fd));
    }
    for (const oci::Namespace &ns : plans.bundle.config.linux_.namespaces) {
        using enum oci::NamespaceType;
        if (!ns.path.empty() && (ns.type == kIpc || ns.type == kUts || ns.type == kTime)) {
            plans.told.join_namespaces.push_back({std::string(oci::proc_ns_name(ns.type)), ns.path});
        }
    }
    return {};
}

/// Copies: what CRIU prints itself is not for the container.
Status hand_on_descriptors(RestorePlans &plans)
{
    plans.told.inherited = descriptors_to_restore(plans.externals.descriptors);
    for (criu::InheritedFd &one : plans.told.inherited) {
        TRY_LET(copy, kernel::dup(FdRef(one.fd)));
        one.fd = copy.get();
        plans.inherited.push_back(std::move(copy));
    }
    return {};
}

Status check_image(const CheckpointDirs &dirs)
{
    if (!kernel::faccessat(dirs.image, "inventory.img", F_OK)) {
        return Error::input(str("\"", dirs.image_path, "\" holds no checkpoint"))
            .hint("it has no inventory.img");
    }
    return {};
}

}  // namespace

Result<RestorePlans> plan_restore(const RestoreOptions &options, FdRef procfs)
{
    auto loaded = open_checkpoint(options.image_path, options.work_path, false);
    TRY_LET(dirs, std::move(loaded));
    TRY(check_image(dirs));
    TRY_LET(externals, read_externals(dirs.image));
    TRY_LET(bundle, load_bundle(options.create, procfs, false));
    TRY(check_user_namespace(bundle.config));
    TRY(check_terminal(bundle, options.create, !options.detach));
    RestorePlans plans{std::move(bundle), std::move(dirs), std::move(externals), {}, options.criu};
    criu::Options &told = plans.told;
    TRY(hand_on_descriptors(plans));
    TRY(join_namespaces(plans));
    if (told.cgroup_mode != criu::CgroupMode::kIgnore) {
        told.cgroup_roots = cgroup_roots(plans.bundle);
    }
    if (plans.externals.empty_network || hooks_furnish_network(plans.bundle.config)) {
        told.empty_namespaces |= CLONE_NEWNET;
    }
    told.root = plans.bundle.plan.rootfs;
    told.config_file = criu_config_file(plans.bundle.config.annotations);
    told.evasive_devices = true;
    told.orphan_pts_master = true;
    told.rst_sibling = true;
    told.notify_scripts = true;
    told.log_file = kRestoreLog;
    told.log_level = 4;
    return plans;
}

}  // namespace rt::container
