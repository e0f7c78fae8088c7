// SPDX-License-Identifier: Apache-2.0
#include "plan/attach_first.h"

#include <linux/mount.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "base/str.h"

namespace rt::plan {
namespace {

using init::Op;

constexpr std::uint64_t kByMount = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                   MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME;

constexpr const char *kMappedIds = "mapped ids";

Status refuse(const Step &step, const char *what)
{
    return Error::input_at(step.origin.pointer(), str(what, " need Linux 5.12"));
}

Status check(const Step &step)
{
    if ((step.a & MOUNT_ATTR_IDMAP) != 0) {
        return refuse(step, kMappedIds);
    }
    if ((step.a & ~kByMount) != 0) {
        return refuse(step, "these options");
    }
    const bool below = (step.flags & init::kRecursive) != 0 && (step.a | step.b) != 0;
    return below ? refuse(step, "options for the mounts below, too,") : Status{};
}

bool sets(const Step &step) { return step.op == Op::kSetAttr; }

}  // namespace

Status attach_first(Plan &plan)
{
    for (const HostTree &tree : plan.host_trees) {
        if (tree.ids) {
            return refuse(plan.steps[tree.step], kMappedIds);
        }
    }
    std::vector<Step> &steps = plan.steps;
    auto first = steps.end();  // of the kSetAttr that end here
    for (auto step = steps.begin(); step != steps.end(); ++step) {
        if (sets(*step)) {
            TRY(check(*step));
            first = first == steps.end() ? step : first;
            continue;
        }
        if (step->op == Op::kAttach && first != steps.end()) {
            std::rotate(first, step, std::next(step));
        }
        first = steps.end();
    }
    return {};
}

}  // namespace rt::plan
