// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "base/result.h"
#include "layer/new_directory.h"
#include "layerctl/command.h"
#include "layerctl/image_options.h"
#include "pack/stack.h"

namespace rt::layerctl {

/// A tree that was named on the command line, to be read.
struct TreeArgument {
    pack::MergedDirectory tree;
    std::optional<layer::NewDirectory> unpacked;  ///< where it is, when it is an image's
};

/// The positional number `which`: a directory; a bundle, for its root file system; a container or an image of
/// the store; or another image, which is unpacked for as long as the result lives.
Result<TreeArgument> open_tree(const Arguments &arguments, std::size_t which);

/// The image unpacked, for as long as the result lives.
Result<TreeArgument> unpack_tree(const OpenedImage &opened);

}  // namespace rt::layerctl
