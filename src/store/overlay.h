// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "store/containers.h"
#include "store/store.h"

namespace rt::store {

struct OverlayWish {
    bool read_only = false;
    bool no_sync = false;  ///< overlayfs's "volatile": after a crash the writable layer is of no use
    FdRef ids{-1};         ///< the user namespace of the container's MappedIds, if it has some
};

/// The image of `container` with its writable layer, if it has one, as a mount that is nowhere yet.  Its
/// source is "layerctl:ID".
Result<Fd> mount_container(const Store &store, const Container &container, const OverlayWish &wish);

/// Where containers are mounted in our mount namespace.
struct Mounted {
    std::string id, place;
    bool covered = false;  ///< something else is mounted on it, at the same place
};
Result<std::vector<Mounted>> mounted_containers();

}  // namespace rt::store
