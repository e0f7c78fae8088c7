// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "oci/config.h"

namespace rt::container {

/// What the mounts of `config` are mounted on, as far as it is in the root file system and not there:
/// directories, and empty files for files.  No link in there leads out of it.
Status make_mount_points(const std::string &rootfs, const oci::Config &config);

}  // namespace rt::container
