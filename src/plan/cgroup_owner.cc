// SPDX-License-Identifier: Apache-2.0
//
// config-linux.md#cgroup-ownership: whether the container may manage the cgroups below its own.
#include <algorithm>

#include "plan/cgroup.h"

namespace rt::plan {
namespace {

/// New, and not one that exists: only then the container's own cgroup is the root of what it sees.
// spec: CgroupsOwnershipNamespace
bool makes_namespace(const oci::Linux &linux_, oci::NamespaceType type)
{
    return std::ranges::any_of(linux_.namespaces, [type](const oci::Namespace &space) {
        return space.type == type && space.path.empty();
    });
}

// spec: CgroupsOwnershipMount, CgroupsOwnershipNoMount
bool shows_writable(const oci::Mount &mount)
{
    // "rro" is as read-only as "ro" is.
    return mount.source == "cgroup" && mount.destination == "/sys/fs/cgroup" &&
           std::ranges::none_of(mount.options,
                                [](const std::string &option) { return option == "ro" || option == "rro"; });
}

/// `uid` of the container as the host has it; nothing where no mapping says it.
std::optional<std::uint32_t> on_host(const oci::Linux &linux_, std::uint32_t uid)
{
    if (!std::ranges::any_of(linux_.namespaces, [](const oci::Namespace &space) {
            return space.type == oci::NamespaceType::kUser;
        })) {
        return uid;
    }
    for (const oci::IdMapping &mapping : linux_.uid_mappings) {
        if (uid >= mapping.container_id && uid - mapping.container_id < mapping.size) {
            return mapping.host_id + (uid - mapping.container_id);
        }
    }
    return std::nullopt;
}

}  // namespace

// spec: CgroupsOwnership, CgroupsOwnershipUid
std::optional<std::uint32_t> cgroup_owner(const oci::Config &config, const CgroupHost &host)
{
    const bool delegated = host.unified() && config.process &&
                           makes_namespace(config.linux_, oci::NamespaceType::kCgroup) &&
                           std::ranges::any_of(config.mounts, shows_writable);
    return delegated ? on_host(config.linux_, config.process->user.uid) : std::nullopt;
}

}  // namespace rt::plan
