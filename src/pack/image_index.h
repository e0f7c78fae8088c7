// SPDX-License-Identifier: Apache-2.0
//
// The documents of an image layout that say which images it has.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "layer/digest.h"

namespace rt::pack {

/// An entry of index.json.
struct ImageName {
    std::string name;  ///< org.opencontainers.image.ref.name, or ""
    std::string media_type;
    layer::Digest manifest;
    std::uint64_t size = 0;  ///< of the manifest
};

/// index.json (image-spec, image-index.md).
std::string index_json(std::span<const ImageName> images);

/// oci-layout (image-spec, image-layout.md).
inline constexpr std::string_view kLayout = R"({"imageLayoutVersion":"1.0.0"})";

}  // namespace rt::pack
