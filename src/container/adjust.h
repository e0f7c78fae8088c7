// SPDX-License-Identifier: Apache-2.0
//
// What the parent, with rights that init may not have, sets for init, and what it sets aside for itself.
#pragma once

#include <sys/resource.h>

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "plan/plan.h"

namespace rt::container {

/// Our own hard limits, as high as the program is to have them, while this lives: init is born with them.
/// Only ever up: init sets what the program gets, when it has no more work to do itself.
class RaisedLimits {
public:
    /// prlimit(2); EPERM without CAP_SYS_RESOURCE when one is above ours.
    static Result<RaisedLimits> raise(std::span<const plan::Limit> limits);
    RaisedLimits(RaisedLimits &&) = default;
    RaisedLimits &operator=(RaisedLimits &&) = delete;
    ~RaisedLimits();  ///< puts ours back

private:
    RaisedLimits() = default;
    std::vector<std::pair<int, rlimit>> before_;
};

/// Our own oom_score_adj as the program is to have it, while this lives: init is born with it.  For those who
/// are not root, to whom init's /proc files don't belong.
class BornScore {
public:
    /// Takes it out of `plan` where that is all there is to do.
    static Result<BornScore> take(FdRef procfs, plan::Plan &plan, const plan::Host &host);
    BornScore(BornScore &&other) noexcept
        : procfs_(other.procfs_), before_(std::exchange(other.before_, std::string()))
    {}
    BornScore &operator=(BornScore &&) = delete;
    ~BornScore();  ///< puts ours back

private:
    BornScore() = default;
    FdRef procfs_{-1};
    std::string before_;
};

/// Writes /proc/`pid`/oom_score_adj, if the plan has one.  False: it would be lowered, and we may not.
Result<bool> set_oom_score_adj(FdRef procfs, pid_t pid, const plan::Plan &plan, const plan::Host &host);

/// Descriptors for what undoes a failure, which may have been the want of one.
using Reserve = std::array<Fd, 8>;
/// Copies of `any`.
Result<Reserve> set_aside(FdRef any);

}  // namespace rt::container
