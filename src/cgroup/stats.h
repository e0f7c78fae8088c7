// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "cgroup/stat_files.h"

namespace rt::cgroup {

/// What a container uses, as one JSON object: the names, units and omissions of runc's `events`, and behind
/// runc's in each object what it does not tell.  Times are nanoseconds, sizes bytes; no limit of v2 is 2^64
/// - 1.
Status write_stats(json::Writer &out, StatFiles &files);

}  // namespace rt::cgroup
