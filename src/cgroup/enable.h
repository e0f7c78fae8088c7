// SPDX-License-Identifier: Apache-2.0
//
// What decides in cgroup v2 whether a directory can have a controller's files, and hold processes: the
// controllers that those above hand on (cgroup.subtree_control), and threads (cgroup.type).
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "plan/cgroup.h"

namespace rt::cgroup {

/// The directories between the mount point and `path`, topmost first, without either.
std::vector<std::string> parents_of(const std::string &path, const std::string &mount);

/// Enables `controllers` ("+memory") in all of `path`'s parents and at `mount`, unless `dir`, open at `path`,
/// has them: all at once, or those that can be.  One that can't is missed by the write that needs it, and
/// why_off() says why.
Status enable_down(FdRef dir, const std::string &path, const std::string &mount,
                   const std::vector<std::string> &controllers);

/// Why `path` has no file of `controller`: the cgroup above that does not hand it on, and what keeps it from
/// that.
/// "" where nothing does, and outside of v2.
std::string why_off(const std::string &path, std::string_view controller);
/// The same, but for what enable_down() would change.
std::string why_held_back(const std::string &path, std::string_view controller);

/// Why a process cannot be born in the v2 directory `dir`: what it "is" ("is threaded", ...).  "" if it can.
Result<std::string> why_no_processes(FdRef dir);

/// Refuses `path`, to be made with those of its parents in the hierarchy that are missing, if it could hold
/// no process for being among threaded ones, or would be frozen from the start.  Also for v1's freezer.
Status check_above(const std::string &path, const plan::Hierarchy &hierarchy);

}  // namespace rt::cgroup
