// SPDX-License-Identifier: Apache-2.0
#include "plan/mounts_shown.h"

#include <algorithm>
#include <string_view>

#include "base/str.h"

namespace rt::plan {
namespace {

struct Shown {
    std::string_view type;
    oci::NamespaceType of;
    const char *at;
    bool for_joined;  ///< the host's will do for that of a namespace that exists
};

constexpr Shown kShown[] = {
    {"proc", oci::NamespaceType::kPid, "/proc", false},
    {"sysfs", oci::NamespaceType::kNetwork, "/sys", true},
};

/// A user namespace that is new has no right in namespaces that were there before it.
bool may_be_new(const Draft &draft, const Shown &row)
{
    const bool foreign = draft.spaces.made(oci::NamespaceType::kUser) && draft.spaces.joined(row.of);
    return draft.spaces.own(row.of) && !(foreign && row.for_joined);
}

}  // namespace

// spec: RootlessShown
void show_the_hosts(Draft &draft, MountWork &work)
{
    const auto *row = std::ranges::find(kShown, work.mount->type, &Shown::type);
    const bool may_mount = !draft.user_namespace && draft.host.privileged;
    oci::MountOptions &options = work.options;
    if (row == std::end(kShown) || may_mount || may_be_new(draft, *row) || options.bind || options.remount) {
        return;
    }
    work.shown = row->at;
    options.bind = options.recursive = true;
    options.rec_attr_set |= options.attr_set;  // a new one would have nothing below it
    if (!options.data.empty()) {
        draft.plan.warnings.push_back(str(work.origin.pointer(), "/options: left out: ", options.data,
                                          ", since the host's ", row->at, " is bound, with its options"));
        options.data.clear();
    }
}

}  // namespace rt::plan
