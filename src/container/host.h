// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "plan/plan.h"

namespace rt::container {

/// Looks at the machine: cgroup hierarchies, the last capability, our own permitted set, whether we
/// own the machine.
Result<plan::Host> probe_host(FdRef procfs);

/// The same without the cgroups, which `exec` has from the record.
Result<plan::Host> probe_rights(FdRef procfs);

/// Whether a mount of procfs can be of a pid namespace that we are not in.
bool proc_takes_pidns();

/// Which security modules are on.
plan::Lsm probe_lsm(FdRef procfs);

}  // namespace rt::container
