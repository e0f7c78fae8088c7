// SPDX-License-Identifier: Apache-2.0
//
// Bundles of an image of the store: what unpack_image() would copy is mounted.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "layer/runtime_config.h"
#include "layerctl/command.h"
#include "store/containers.h"
#include "store/store.h"

namespace rt::layerctl {

struct StoredImage {
    store::Store store;
    store::ImageName name;
    store::Documents documents;
};
/// The image of the store that the first positional names; nothing, when it is one from elsewhere.
Result<std::optional<StoredImage>> find_stored(const Arguments &arguments);

/// A new container of the image; not mounted anywhere yet.
struct StoredRoot {
    store::Container container;
    Fd mount;
};
/// Which kind of container.
struct NewRoot {
    bool temporary;  ///< for as long as somebody has it locked
    const layer::ContainerWishes &wishes;
    const store::MappedIds &mapped;
};
Result<StoredRoot> new_root(const StoredImage &image, const NewRoot &how);

/// "rootfs", empty, and config.json in `directory`, which is empty; the image's volumes in the container's.
Status make_stored_bundle(FdRef directory, const StoredImage &image, const StoredRoot &root,
                          const layer::ContainerWishes &wishes);
/// The root on "rootfs" in `directory`.
Status attach_root(FdRef directory, const StoredRoot &root);

}  // namespace rt::layerctl
