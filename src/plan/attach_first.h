// SPDX-License-Identifier: Apache-2.0
//
// Kernels without mount_setattr(2), which came with Linux 5.12.
#pragma once

#include "base/result.h"
#include "plan/plan.h"

namespace rt::plan {

/// There only mount(2) changes attributes, of a mount that is attached and of it alone: each kAttach goes
/// before the kSetAttr steps in front of it.  Refuses, with the pointer of the mount, what mount(2) cannot
/// do: attributes of the mounts below ("rro"), mapped ids, attributes that came later.
Status attach_first(Plan &plan);

}  // namespace rt::plan
