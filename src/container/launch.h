// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cgroup/birthplace.h"
#include "kernel/calls_process.h"
#include "plan/plan.h"

namespace rt::container {

/// The socket in a container's home on which init waits for `start`.
inline constexpr const char *kStartSocket = "start";
/// /proc/PID/exe of a process that is still init and not yet the container's program.
inline constexpr const char *kInitExe = "/memfd:runtime-init (deleted)";

/// A process that executes the container's half of a Plan.
struct Launched {
    kernel::Child init;
    Fd sync;                  ///< our end of the conversation
    std::vector<Fd> outputs;  ///< of the hooks at Plan::hook_steps, in that order
};

/// What the hook of the step `index` printed; -1 where that is no hook's.
FdRef output_of(const Launched &launched, const plan::Plan &plan, std::size_t index);

/// Opens what the steps need (namespaces to join, bind sources, hook outputs, the start socket in
/// `home`), and starts init in the cgroup `birthplace` (without one: ours).  `console`: what the console step
/// sends the terminal to, or -1.
/// `preserved`: how many of the caller's descriptors init inherits, from 3 on.  `entered`: a pidfd of the
/// container's first process, for an exec.
Result<Launched> launch(plan::Plan &plan, std::uint32_t preserved, FdRef procfs, FdRef home,
                        const cgroup::Birthplace &birthplace, FdRef console, FdRef entered = FdRef(-1));

}  // namespace rt::container
