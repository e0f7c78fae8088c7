// SPDX-License-Identifier: Apache-2.0
//
// Images and containers of the store, as those who read images and trees take them.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "layer/image.h"
#include "layerctl/command.h"
#include "pack/stack.h"
#include "store/containers.h"
#include "store/store.h"

namespace rt::layerctl {

/// The store of --root, to read; nothing, when there is none.
Result<std::optional<store::Store>> find_store(const Arguments &arguments);

/// The image with this manifest, its blobs open; `name` is what it is called.
Result<layer::Image> stored_image(const store::Store &store, const layer::Digest &manifest, std::string name);

/// What the image with this manifest shows.
Result<pack::MergedDirectory> image_tree(const store::Store &store, const layer::Digest &manifest);

/// What a container shows, and what it would show if nothing had been written in it.
struct ContainerTrees {
    pack::MergedDirectory before, after;
};
Result<ContainerTrees> container_trees(const store::Store &store, const store::Container &container);

}  // namespace rt::layerctl
