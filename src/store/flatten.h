// SPDX-License-Identifier: Apache-2.0
//
// Overlayfs takes 500 lowerdirs.  The lowest layers of an image that has more are made one directory, which
// the store has once for all images that have them lowest.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "store/chain.h"

namespace rt::store {

/// As many layers of an image can be lowerdirs: beside them there may be the mending and the init layer.
inline constexpr std::size_t kMostSeen = 498;

/// Of so many layers that are to be seen, how many of the lowest are to be one; 0: all are lowerdirs.
std::size_t flattened(std::size_t seen);

/// The name in chains/ of what the layers `lowest`, from the top, are together.
std::string flat_name(std::span<const Digest> lowest);
std::string flat_name(std::span<const SeenLayer> lowest);
bool is_flat(std::string_view name);

/// Makes in `directory`, which is empty, "fs": what is seen of `lowest`, from the top, with nothing below.
/// EINTR when somebody has given up.
Status flatten(FdRef directory, std::span<const SeenLayer> lowest);

}  // namespace rt::store
