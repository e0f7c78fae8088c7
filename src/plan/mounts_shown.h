// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/mounts.h"

namespace rt::plan {

/// Makes the mount at hand a bind of the host's, where it is of a file system that shows a namespace which
/// the container shares with the host: in a user namespace the kernel lets nobody mount such a one anew.
/// Options of the file system itself are left out, with a warning.
void show_the_hosts(Draft &draft, MountWork &work);

}  // namespace rt::plan
