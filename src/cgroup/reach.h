// SPDX-License-Identifier: Apache-2.0
//
// Where somebody who is not root may make cgroups: cgroups(7), "Cgroups v2 delegation".
#pragma once

#include <string_view>

#include "base/result.h"
#include "oci/config.h"
#include "plan/cgroup.h"

namespace rt::cgroup {

/// Takes out of `host` the hierarchies in which we may not make the container's cgroup and put a process into
/// it, and sets `withheld` when there was one.  Fails where `linux_.cgroups_path` is no path.
Status keep_within_reach(plan::CgroupHost &host, const oci::Linux &linux_, std::string_view id);

}  // namespace rt::cgroup
