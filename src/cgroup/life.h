// SPDX-License-Identifier: Apache-2.0
//
// What can be done to a container's cgroup from its record alone, whoever made it and whatever
// became of them.  A path that is gone is fine; one that isn't in a cgroup file system is refused.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

#include "base/result.h"
#include "cgroup/cgroup.h"

namespace rt::cgroup {

/// All processes in the cgroup and below it, each once, in ascending order.
Result<std::vector<pid_t>> processes(const CgroupRecord &record);

/// Stops all processes and waits until they are; `timeout` passed: thaws again and fails.
/// v2's cgroup.freeze where there is a v2 directory, else freezer.state of v1; that, too, where v1 froze a
/// cgroup above.
Status freeze(const CgroupRecord &record, std::chrono::milliseconds timeout);
/// Of what is not frozen it is fine, and of what stays so because a cgroup above is.
Status thaw(const CgroupRecord &record);

/// Sends `signal` to every process.  SIGKILL goes through cgroup.kill where the kernel has it, else to all
/// while they are frozen, for which it waits 1 s at most; it thaws them.  Any other is sent one by one.
/// An empty or missing cgroup is fine.
Status kill_all(const CgroupRecord &record, int signal);

/// Kills what runs in the cgroup, waits until it is empty and removes it with all below it.
/// Nothing is left afterwards, or the error says what.
Status destroy(const CgroupRecord &record, std::chrono::milliseconds timeout);

}  // namespace rt::cgroup
