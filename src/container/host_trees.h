// SPDX-License-Identifier: Apache-2.0
//
// Mounts that init gets ready-made, as descriptors: copies of what it may not reach, map or make in its user
// namespace.  They belong to no peer group that reaches back, and are mounted nowhere yet.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "plan/plan.h"

namespace rt::container {

/// The user namespaces of Plan::mount_ids, in that order.  `plan`: its joins are open.
Result<std::vector<Fd>> open_mount_ids(FdRef procfs, const plan::Plan &plan);

/// A copy of the mounts at `tree.path`, its ids mapped by the user namespace `ids` (-1: as they are).
/// Not open when nothing is there and that is left to init.
Result<Fd> open_host_tree(const plan::HostTree &tree, const plan::Step &step, FdRef ids);

/// The mount of a device node, made in the container's home and gone with it.  Not open where devices are
/// not for us to make (EPERM): then init binds the host's.
Result<Fd> open_host_node(FdRef home, const plan::HostNode &node);

/// The mount of a kFsMount whose source is a block device: init, in the container's cgroup, may have no
/// access to it.  Not open where the source is something else, or that is left to init to find out.
Result<Fd> mount_disk(FdRef procfs, const plan::Step &step);

}  // namespace rt::container
