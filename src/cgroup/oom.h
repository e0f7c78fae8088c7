// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include "base/fd.h"
#include "base/result.h"
#include "cgroup/cgroup.h"

namespace rt::cgroup {

/// Hears of processes of a cgroup that are killed for memory: from memory.oom_control of v1, or memory.events
/// of v2.  Of nothing where there is no memory controller.
class OomWatch {
public:
    static Result<OomWatch> open(const CgroupRecord &record);

    /// What to poll(2); `fd` is -1 where nothing will come.
    pollfd waits() const { return {heard_.get(), events_, 0}; }
    /// How many were killed since it was asked last.  Whatever poll(2) said; does not wait.
    Result<std::uint64_t> take();

private:
    Result<std::uint64_t> kills() const;

    Fd dir_;    ///< v1: the cgroup
    Fd heard_;  ///< v1: an eventfd, v2: memory.events
    short events_ = 0;
    std::uint64_t known_ = 0;  ///< v2: kills so far
};

}  // namespace rt::cgroup
