// SPDX-License-Identifier: Apache-2.0
//
// The step into a pid namespace whose processes were there before us, and of which those with CAP_SYS_PTRACE
// may take us over: not before there is nothing left that they don't have themselves.
#pragma once

#include "plan/plan_draft.h"
#include "plan/process.h"

namespace rt::plan {

/// From here on it is the container's: by a fork, whose session is its own.
void appear(Draft &draft);
/// The same for a process that waits for the parent to have taken it in (Msg::kAdopted).
void appear_adopted(Draft &draft);

/// Makes the terminal, which was set up in another session, that of this one.
void control_terminal(Draft &draft, const oci::Process &process);

/// Installs the filter while nobody sees that we have the right to, if it lets through what comes down to
/// appear(), control_terminal(), waiting for the parent and for `start`, and execute().  True: it did.
bool filter_unseen(Draft &draft, const ProcessPlan &program);

}  // namespace rt::plan
