// SPDX-License-Identifier: Apache-2.0
//
// Options of file systems: as fsconfig(2) takes them, or mount(2) where that can't carry them.
#pragma once

#include "plan/mounts.h"

namespace rt::plan {

/// Refuses options neither interface can carry.
Status check_data(const MountWork &work);

/// fsconfig(2) takes values of 255 bytes, and no quoting.
bool needs_legacy_mount(const MountWork &work);

/// kFsMount: a new mount, detached.
Step fs_mount(const MountWork &work);
/// kLegacyMount: the same, attached.
Step legacy_mount(const MountWork &work);
/// What a remount changes in the superblock, for kReconfigure; nothing for a bind.
std::vector<std::string> reconfigure_options(const MountWork &work);

}  // namespace rt::plan
