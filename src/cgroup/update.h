// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cgroup/cgroup.h"
#include "oci/config.h"
#include "plan/cgroup.h"

namespace rt::cgroup {

/// Gives the cgroup of a container new limits; what `resources` does not name stays.  What can be refused is
/// refused before the first write, and a write that fails takes those before it back.  Device rules are
/// replaced as a whole, and what is allowed before and after is not denied meanwhile; those of the record are
/// not looked at again: a hook may have allowed more since.
Status update(const CgroupRecord &record, oci::Resources resources, plan::CgroupHost host);

/// The device rules that the record has to keep after update(); none where they stay as they are.
std::optional<std::vector<std::string>> new_devices(const CgroupRecord &record,
                                                    const oci::Resources &resources);

}  // namespace rt::cgroup
