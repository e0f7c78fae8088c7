// SPDX-License-Identifier: Apache-2.0
#include "plan/mounts_before.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "plan/id_maps.h"
#include "plan/mounts_filesystem.h"

namespace rt::plan {
namespace {

using init::Op;
using oci::NamespaceType;

constexpr std::string_view kProc = "proc";

struct Shown {
    std::string_view type;
    NamespaceType of;
};
constexpr Shown kShown[] = {{kProc, NamespaceType::kPid}, {"mqueue", NamespaceType::kIpc}};

bool leaves_with_rights(const Draft &draft)
{
    return joins_first(draft.host) && draft.spaces.made(NamespaceType::kUser) &&
           draft.spaces.made(NamespaceType::kMount);
}

/// mount(2) would put it where the host sees it.
bool is_made_detached(const std::vector<Step> &steps)
{
    return std::ranges::all_of(steps, [](const Step &step) { return step.op == Op::kFsMount; });
}

bool shows_joined(const Draft &draft, const MountWork &work)
{
    const auto *row = std::ranges::find(kShown, work.mount->type, &Shown::type);
    return row != std::end(kShown) && draft.spaces.joined(row->of) && leaves_with_rights(draft) &&
           !work.options.bind && !work.options.remount && is_made_detached(new_mount(work));
}

}  // namespace

bool shows_joined_pids(const Draft &draft, const std::vector<MountWork> &works)
{
    return std::ranges::any_of(works, [&draft](const MountWork &work) {
        return work.mount->type == kProc && shows_joined(draft, work);
    });
}

// spec: JoinShown
void make_before_leaving(Draft &draft, std::vector<MountWork> &works, bool in_pid_namespace)
{
    for (MountWork &work : works) {
        const bool unseen = work.mount->type == kProc && !in_pid_namespace && !draft.appears_late;
        if (!shows_joined(draft, work) || unseen) {
            continue;
        }
        add_new_mount(draft, work);
        work.kept = draft.next();
        Step &step = draft.add(Op::kKeep, work.origin);
        step.subject = work.target;
    }
}

}  // namespace rt::plan
