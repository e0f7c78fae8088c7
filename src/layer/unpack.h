// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "layer/attributes.h"
#include "layer/confine.h"
#include "layer/digest.h"
#include "layer/file_source.h"

namespace rt::layer {

/// A layer, and what is known of it before it is read.
struct PackedLayer {
    FdRef file{-1};
    std::uint64_t offset = 0, size = 0;
    std::optional<Digest> digest;   ///< of these bytes
    std::optional<Digest> diff_id;  ///< of what is unpacked from them, to its very end
};

struct UnpackLimits {
    std::uint64_t most_bytes = std::uint64_t{64} << 30;  ///< that come out of a layer
    std::uint64_t most_entries = 20'000'000;
    bool check_room = true;  ///< what is known not to fit is not begun
};

/// What a layer has and its directory has not: devices, which nobody may make in a user namespace.
struct LeftOut {
    std::uint64_t devices = 0;
    std::string first;  ///< the path of one

    /// A warning for the log, of layer `number` (from 1 on) of `count`; nothing, if there are none.
    void tell(std::size_t number, std::size_t count) const;
};

/// Makes the layer's files below `root`, which nobody else may use meanwhile, in a confined child.  Its
/// digests are checked: that of the packed bytes before anything is made of them.  What is there after an
/// error is for removal.
Result<LeftOut> unpack_layer(const PackedLayer &layer, FdRef root, LayerForm form,
                             const UnpackLimits &limits);

/// A layer for a store.
struct StoredLayer {
    PackedLayer packed;
    FdRef copy{-1};      ///< where its bytes are written, packed as they are; -1: nowhere
    bool files = false;  ///< false: it is read and checked only
};
/// Starts a child that makes of the layer, in `directory`, which is empty and of mode 0700: "fs", its files
/// in that form of overlayfs, and "layer.json", the notes.
Result<Confinement> start_stored_layer(const StoredLayer &layer, FdRef directory, LayerForm form,
                                       const UnpackLimits &limits);
/// Waits for that child.
Result<LeftOut> finish_stored_layer(Confinement &child);

}  // namespace rt::layer
