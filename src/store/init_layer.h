// SPDX-License-Identifier: Apache-2.0
//
// The lowerdir "init" between an image and what a container writes: what is there to be mounted on is none of
// the container's changes.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "layer/entry_path.h"

namespace rt::store {

/// Where something will be mounted.
struct MountPoint {
    layer::EntryPath path;
    bool directory;  ///< else a file
};

/// Fills `init`, an empty directory: /dev, /proc and /sys as directories, whatever the image has there, and
/// /etc/hosts, hostname and resolv.conf as files where it has links: what is mounted there later cannot be
/// led away.  Of `mount_points` those that are missing in the image, but for what a link leads to.  What the
/// image has, has its attributes.  `lowerdirs`: of the image, the topmost first.
Status fill_init_layer(FdRef init, const std::vector<Fd> &lowerdirs,
                       const std::vector<MountPoint> &mount_points);

}  // namespace rt::store
