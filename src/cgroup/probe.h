// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "plan/cgroup.h"

namespace rt::cgroup {

/// The hierarchies mounted at the usual places (/sys/fs/cgroup, /sys/fs/cgroup/unified), each with
/// its file system magic checked, and the caller's own cgroup in them (/proc/self/cgroup).  Looks
/// into /proc/self/mountinfo only when there are none.  Where v2 is at /sys/fs/cgroup, that one alone.
/// A machine without cgroups gives an empty list.
Result<plan::CgroupHost> probe();

}  // namespace rt::cgroup
