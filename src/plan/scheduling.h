// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "plan/plan_draft.h"

namespace rt::plan {

/// Memory policy, I/O priority and scheduler of the process that init is: once the cgroups are entered, which
/// have a say, and before ids change.
void set_scheduling(Draft &draft, const oci::Process &process);

/// The scheduler is one that fork(2) does not hand on, or that can't fork.
bool is_lost_by_fork(const oci::Process &process);

/// process.execCPUAffinity as sched_setaffinity(2) takes it; "" leaves the affinity as it is.
struct Affinity {
    std::string initial;  ///< of the runtime, before it starts a process in the container's cgroups
    std::string final;    ///< of the process, once it is there
};
Affinity affinity(const oci::Process &process);
/// Affinity::final, for the process that init is.
void set_final_affinity(Draft &draft, const oci::Process &process);

}  // namespace rt::plan
