// SPDX-License-Identifier: Apache-2.0
//
// Options of file systems: as fsconfig(2) takes them, or mount(2) where that can't carry them.
#pragma once

#include "plan/mounts.h"

namespace rt::plan {

/// Refuses options neither interface can carry.
Status check_data(const MountWork &work);

/// The steps that make a new mount, detached: kFsMount, kLegacyMount, or both where only a newer kernel has
/// the words for fsconfig(2).
std::vector<Step> new_mount(const MountWork &work);
/// What a remount changes in the superblock, for kReconfigure; nothing for a bind.
std::vector<std::string> reconfigure_options(const MountWork &work);

}  // namespace rt::plan
