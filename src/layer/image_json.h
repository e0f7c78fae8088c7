// SPDX-License-Identifier: Apache-2.0
//
// The documents of an image (image-spec: descriptor.md, image-index.md, manifest.md, config.md), as far as
// unpacking needs them.  Unknown properties are ignored, as the specification asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "layer/digest.h"

namespace rt::layer {

/// The most bytes a document may have.
inline constexpr std::size_t kLargestDocument = 8 << 20;

struct Platform {
    std::string os, architecture, variant;
};
/// "linux/arm64/v8", the variant may be missing.
Result<Platform> parse_platform(std::string_view text);
/// This machine's.
Platform our_platform();
/// "linux/arm64/v8".
std::string in_words(const Platform &platform);

struct Descriptor {
    std::string media_type;
    Digest digest;
    std::uint64_t size = 0;
    std::string ref_name;  ///< org.opencontainers.image.ref.name
    std::optional<Platform> platform;
    std::optional<std::string> data;  ///< the content itself, in the document
    std::string urls;                 ///< where else it may be, for a message
};

/// "index.json", and what it refers to with the media type of an index.  Errors of this and of what reads the
/// other documents begin with `name`, line and column.
Result<std::vector<Descriptor>> read_index(std::string_view text, std::string_view name);

/// image-spec, manifest.md; docker's manifest of version 2, schema 2, is one as well.
struct Manifest {
    Descriptor config;
    std::vector<Descriptor> layers;
};
Result<Manifest> read_manifest(std::string_view text, std::string_view name);

/// Of image-spec, config.md, what unpacking has to know.
struct ImageConfig {
    Platform platform;
    std::vector<Digest> diff_ids;
    std::vector<std::string> volumes = {};  ///< paths of directories that are no part of the image
};
Result<ImageConfig> read_image_config(std::string_view text, std::string_view name);

/// "oci-layout": its version is one we know.
Status check_layout_version(std::string_view text);

/// One image of docker's "manifest.json".
struct DockerImage {
    std::string config;  ///< a path in the archive, as are layers
    std::vector<std::string> tags, layers;
};
Result<std::vector<DockerImage>> read_docker_manifest(std::string_view text);

/// What a media type is one of, OCI's or docker's.
bool is_index(std::string_view media_type);
bool is_manifest(std::string_view media_type);
bool is_image_config(std::string_view media_type);
bool is_layer(std::string_view media_type);

}  // namespace rt::layer
