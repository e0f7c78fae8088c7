// SPDX-License-Identifier: Apache-2.0
#include "plan/mounts_idmap.h"

#include <linux/mount.h>

#include <algorithm>

namespace rt::plan {
namespace {

using init::Op;
using oci::NamespaceType;

std::size_t shared(std::vector<MountIds> &all, MountIds ids)
{
    const auto found = std::find(all.begin(), all.end(), ids);
    if (found != all.end()) {
        return static_cast<std::size_t>(found - all.begin());
    }
    all.push_back(std::move(ids));
    return all.size() - 1;
}

}  // namespace

// spec: MountsIdmapOwnMappings, MountsIdmapContainerMappings, MountsIdmapNotData
Result<std::optional<std::size_t>> ids_of(Draft &draft, const MountWork &work)
{
    const oci::Mount &mount = *work.mount;
    const bool own = !mount.uid_mappings.empty();
    // A file system made in a user namespace has the ids of that one: the rules let nothing else through.
    if ((!own && !work.options.idmap) || (!work.options.bind && draft.user_namespace)) {
        return std::optional<std::size_t>();
    }
    if (draft.user_namespace && !draft.host.privileged) {
        return Error::input_at(work.origin.pointer(),
                               "mapping the ids of a mount into a user namespace needs root's privileges");
    }
    if (!own && draft.spaces.joined(NamespaceType::kUser)) {
        return std::optional(shared(draft.plan.mount_ids, {}));
    }
    const oci::Linux &linux_ = draft.config.linux_;
    return std::optional(shared(draft.plan.mount_ids, {own ? mount.uid_mappings : linux_.uid_mappings,
                                                       own ? mount.gid_mappings : linux_.gid_mappings}));
}

// spec: MountsMappingsImplement, MountsIdmapRecursive
void map_ids(Draft &draft, const MountWork &work)
{
    if (!work.ids || work.options.bind) {
        return;
    }
    draft.plan.mapped_steps.push_back({draft.next(), *work.ids});
    Step &step = draft.add(Op::kSetAttr, work.origin);
    step.a = MOUNT_ATTR_IDMAP;
    step.s1 = work.mount->type;
    step.subject = work.target;
}

}  // namespace rt::plan
