// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "base/fd.h"
#include "base/result.h"
#include "plan/plan.h"

namespace rt::container {

/// Writes setgroups, uid_map and gid_map of the process `pid`, whose user namespace is new and which belongs
/// to our user in /proc; or has newuidmap(1) and newgidmap(1) do it, where the plan says so.
Status write_id_maps(FdRef procfs, pid_t pid, const plan::Plan &plan);

/// A user namespace that nobody is in, with these maps.
Result<Fd> user_namespace(FdRef procfs, const plan::MountIds &ids);

/// The lines of such a file: "0 100000 65536\n".
std::string id_map_text(const std::vector<oci::IdMapping> &mappings);

}  // namespace rt::container
