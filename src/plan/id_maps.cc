// SPDX-License-Identifier: Apache-2.0
#include "plan/id_maps.h"

#include <linux/capability.h>

#include <algorithm>
#include <optional>

#include "base/str.h"

namespace rt::plan {
namespace {

using oci::NamespaceType;

bool has(const Host &host, unsigned capability) { return (host.capabilities >> capability & 1) != 0; }

/// A user namespace that is joined says nothing of its maps.
std::uint32_t first_id(const std::vector<oci::IdMapping> &mappings, std::optional<std::uint32_t> of_process)
{
    const bool has_root =
        mappings.empty() || std::ranges::any_of(mappings, [](const oci::IdMapping &mapping) {
            return mapping.container_id == 0 && mapping.size != 0;
        });
    return has_root ? 0 : of_process.value_or(mappings[0].container_id);
}

bool is_own_alone(const std::vector<oci::IdMapping> &mappings, std::uint32_t own)
{
    return mappings.size() == 1 && mappings[0].size == 1 && mappings[0].host_id == own;
}

}  // namespace

// spec: LinuxUserMappings, RootlessGroups
void become_root(Draft &draft, const oci::Process *process)
{
    const oci::Linux &linux_ = draft.config.linux_;
    Step &step = draft.add(init::Op::kBecomeRoot);
    step.a = first_id(linux_.uid_mappings, process ? std::optional(process->user.uid) : std::nullopt);
    step.b = first_id(linux_.gid_mappings, process ? std::optional(process->user.gid) : std::nullopt);
    // Our own groups may be what opens the files of the bundle; the program's come later.
    step.flags = flag_if(!draft.host.privileged || denies_setgroups(draft), init::kNoSetgroups);
}

bool is_root(const Host &host)
{
    return host.uid == 0 && has(host, CAP_SYS_ADMIN) && has(host, CAP_SYS_CHROOT);
}

bool joins_first(const Host &host) { return host.privileged || is_root(host); }

bool denies_setgroups(const Draft &draft)
{
    return draft.spaces.made(NamespaceType::kUser) && !has(draft.host, CAP_SETGID) &&
           is_own_alone(draft.config.linux_.gid_mappings, draft.host.gid);
}

// spec: LinuxUserMappings, RootlessMaps
Status map_ids(Draft &draft)
{
    const oci::Linux &linux_ = draft.config.linux_;
    if (linux_.uid_mappings.empty() || linux_.gid_mappings.empty()) {
        return Error::input_at(linux_.uid_mappings.empty() ? "/linux/uidMappings" : "/linux/gidMappings",
                               "a new user namespace needs at least one mapping");
    }
    Plan &plan = draft.plan;
    plan.uid_map = linux_.uid_mappings;
    plan.gid_map = linux_.gid_mappings;
    plan.deny_setgroups = denies_setgroups(draft);
    plan.uid_helper = !has(draft.host, CAP_SETUID) && !is_own_alone(plan.uid_map, draft.host.uid);
    plan.gid_helper = !has(draft.host, CAP_SETGID) && !is_own_alone(plan.gid_map, draft.host.gid);
    return {};
}

// spec: RootlessNeedsUserNamespace
Status check_rights(const oci::Config &config, const Host &host)
{
    if (host.uid == 0 || has(host, CAP_SYS_ADMIN) || Spaces(config.linux_).own(NamespaceType::kUser)) {
        return {};
    }
    return Error::input_at("/linux/namespaces",
                           str("uid ", host.uid, " can make a container only in a \"user\" namespace"))
        .hint("`runtime spec --rootless` writes a config.json with one");
}

}  // namespace rt::plan
