// SPDX-License-Identifier: Apache-2.0
//
// Idmapped mounts: which ids a mount gets, and who sets them.  The kernel takes them as a user namespace,
// which the parent has ready (Plan::mount_ids), and only for a mount that is nowhere yet.
#pragma once

#include "plan/mounts.h"

namespace rt::plan {

/// Where in Plan::mount_ids the ids of this mount are: the mount's own, or the container's; nothing for a
/// mount that has those of its file system, or whose file system is made in the container's user namespace.
/// InvalidInput where the rights for it are missing.
Result<std::optional<std::size_t>> ids_of(Draft &draft, const MountWork &work);

/// The step that maps the ids of the detached mount at hand; nothing for a bind, which the parent maps.
void map_ids(Draft &draft, const MountWork &work);

}  // namespace rt::plan
