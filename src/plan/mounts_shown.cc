// SPDX-License-Identifier: Apache-2.0
#include "plan/mounts_shown.h"

#include <algorithm>
#include <string_view>

namespace rt::plan {
namespace {

struct Shown {
    std::string_view type;
    oci::NamespaceType of;
    const char *at;
};

constexpr Shown kShown[] = {
    {"proc", oci::NamespaceType::kPid, "/proc"},
    {"sysfs", oci::NamespaceType::kNetwork, "/sys"},
};

}  // namespace

// spec: RootlessShown
void show_the_hosts(const Draft &draft, MountWork &work)
{
    const auto *row = std::ranges::find(kShown, work.mount->type, &Shown::type);
    const bool may_mount = !draft.user_namespace && draft.host.privileged;
    oci::MountOptions &options = work.options;
    if (row == std::end(kShown) || may_mount || draft.spaces.own(row->of) || options.bind ||
        options.remount) {
        return;
    }
    work.shown = row->at;
    options.bind = options.recursive = true;
    options.rec_attr_set |= options.attr_set;  // a new one would have nothing below it
    options.data.clear();
}

}  // namespace rt::plan
