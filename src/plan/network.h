// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/plan_draft.h"

namespace rt::plan {

/// linux.netDevices: which devices the parent brings, and the turn at which it does.  For when init is in its
/// network namespace.
void take_net_devices(Draft &draft);

}  // namespace rt::plan
