// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "init/context.h"

namespace rt::init {

/// Takes every procfs and sysfs away that is mounted outside of the root, or puts a tmpfs on it: one that is
/// left anywhere in the namespace could be had again, and lets a user namespace mount another without its
/// masks.
int cover_host_views(Context &c);

}  // namespace rt::init
