// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "plan/plan_draft.h"

namespace rt::plan {

/// The default devices, those of linux.devices and the links in /dev.  `foreign_dev`: /dev is bound
/// from elsewhere, and stays as it is.
// spec: DefaultDevices
Status make_devices(Draft &draft, bool foreign_dev);

}  // namespace rt::plan
