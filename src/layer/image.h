// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "layer/image_files.h"
#include "layer/image_json.h"
#include "layer/unpack.h"

namespace rt::layer {

/// "oci:DIR:TAG": where an image is, in which shape.
struct ImageSource {
    enum class Shape : std::uint8_t { kOci, kOciArchive, kDockerArchive, kTar };
    Shape shape;
    std::string path;  ///< "-" is standard input, for archives
    std::string name;  ///< which image of several, or ""
};
/// With one of the prefixes oci:, oci-archive:, docker-archive:, tar:; without one, a folder is oci: and the
/// rest is looked into.
Result<ImageSource> parse_source(std::string_view text);

/// An image whose documents have been read and checked against their digests; its layers have not.
class Image {
public:
    struct Layer {
        Piece blob;
        std::optional<Digest> digest, diff_id;
        PackedLayer packed() const { return {blob.file, blob.offset, blob.size, digest, diff_id}; }
    };
    std::string config;         ///< the document, or "" when there is none
    std::string manifest;       ///< the document, or "" when there is none that is OCI's
    std::string manifest_type;  ///< its media type
    std::string name;           ///< what the image is called where it is, or ""
    std::vector<Layer> layers;
};

/// What an image is read for.
enum class Purpose : std::uint8_t {
    kFiles,  ///< of which it has to have some: a config and layers of types that are known
    kCopy,   ///< a config of another type is not looked into, and the layers have no DiffIDs then
};

/// `platform`: the one to take where an image is for several; `spool`: a directory for what has to be stored
/// to be read.
Result<Image> open_image(const ImageSource &source, const Platform &platform, const std::string &spool,
                         const UnpackLimits &limits, Purpose purpose = Purpose::kFiles);

}  // namespace rt::layer
