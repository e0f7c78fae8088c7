// SPDX-License-Identifier: Apache-2.0
//
// Whether the processes of a container's cgroup stand, and whose doing that is.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "cgroup/cgroup.h"

namespace rt::cgroup {

enum class Frozen : std::uint8_t {
    kNo,
    kFromAbove,  ///< a cgroup above it is frozen, and it is not by itself
    kByItself,   ///< pause, or whoever else asked it of this cgroup
};

/// `state`: the letter that /proc/PID/stat has for a process in it, if the caller knows it.  On Linux 6.1 and
/// later one that v1 has frozen does not show as asleep ("S"), and its freezer is not asked then.
Result<Frozen> frozen(const CgroupRecord &record, char state = 0);

/// Whether one of the cgroups above that we see was asked to freeze.
bool is_frozen_above(const CgroupRecord &record);
/// `the cgroup "/x" above the container's is frozen`: the nearest of those that it was asked of.
std::string frozen_above(const CgroupRecord &record);

/// v1 has frozen a cgroup above, and so no process in it ends before that is thawed.
bool frozen_by_v1_above(const CgroupRecord &record);

}  // namespace rt::cgroup
