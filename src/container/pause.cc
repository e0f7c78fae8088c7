// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "base/log.h"
#include "base/str.h"
#include "cgroup/life.h"
#include "container/container.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

/// A process in an uninterruptible call stops when that returns.
constexpr std::chrono::milliseconds kPatience{10'000};

}  // namespace

// spec: CliPause
Status pause(const std::string &root, const oci::ContainerId &id)
{
    TRY_LET(found, look_up(root, id, Lock::kExclusive));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(status, status_of(procfs, found.record));
    if (status != oci::Status::kCreated && status != oci::Status::kRunning) {
        return Error::state(str("container not running: \"", id.text(), "\" is ", oci::in_words(status)));
    }
    return cgroup::freeze(found.record.cgroup, kPatience);
}

// spec: CliPause, FrozenAbove
Status resume(const std::string &root, const oci::ContainerId &id)
{
    TRY_LET(found, look_up(root, id, Lock::kExclusive));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(condition, condition_of(procfs, found.record));
    const cgroup::CgroupRecord &its = found.record.cgroup;
    if (condition.status != oci::Status::kPaused) {
        const bool stands = condition.frozen == cgroup::Frozen::kFromAbove;
        return Error::state(
                   str("container not paused: \"", id.text(), "\" is ", oci::in_words(condition.status)))
            .hint(stands ? cgroup::frozen_above(its) : "");
    }
    TRY(cgroup::thaw(its));
    TRY_LET(still, cgroup::frozen(its));
    if (still == cgroup::Frozen::kFromAbove) {
        log::warn(str(cgroup::frozen_above(its), ": nothing of it runs before that is thawed"));
    }
    return {};
}

}  // namespace rt::container
