// SPDX-License-Identifier: Apache-2.0
//
// Images made of images.  Their documents keep what is not changed, byte by byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "layer/image.h"
#include "pack/config_change.h"
#include "pack/layer_spool.h"
#include "pack/packing.h"

namespace rt::pack {

struct LayerBlob {
    const layer::Piece &blob;
    layer::Digest digest;
};
/// A manifest (image-spec, manifest.md) of this config, the document, and these layers; their media types are
/// as the blobs begin.
Result<std::string> new_manifest(std::string_view config, const std::vector<LayerBlob> &layers);
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";

/// Every layer gets its digest, and the image a manifest, if there are none: docker's archives have none.
Status complete(layer::Image &image);

/// What the history of an image says of a layer.
struct History {
    std::string created;  ///< RFC 3339
    std::string author, comment, created_by;
};

/// The image with one layer more, and a config and a manifest that say so; `changes` are made in its config,
/// and each has a line of the history.  `image` is complete.
Status add_layer(layer::Image &image, WrittenLayer layer, const History &history,
                 const std::vector<ConfigChange> &changes = {});

/// Packs all layers anew, in files without names in `spool`; those that are packed like that stay as they
/// are.  Each is compared with its DiffID.  `image` is complete; no more than `most` bytes come out of a
/// layer.
Status repack(layer::Image &image, Packing packing, const std::string &spool, std::uint64_t most);

}  // namespace rt::pack
