// SPDX-License-Identifier: Apache-2.0
#include "pack/image_index.h"

#include <utility>

#include "base/json.h"

namespace rt::pack {

// spec: ImageAnnotationsWritten, ImageIndexType, ImageCompactJson
std::string index_json(std::span<const ImageName> images)
{
    json::Writer out(json::Layout::kCompact);
    out.begin_object();
    out.name("schemaVersion").number(2);
    out.name("mediaType").string("application/vnd.oci.image.index.v1+json");
    out.name("manifests").begin_array();
    for (const ImageName &image : images) {
        out.begin_object();
        out.name("mediaType").string(image.media_type);
        out.name("digest").string(image.manifest.text());
        out.name("size").number_unsigned(image.size);
        if (!image.name.empty()) {
            out.name("annotations").begin_object();
            out.name("org.opencontainers.image.ref.name").string(image.name).end_object();
        }
        out.end_object();
    }
    out.end_array().end_object();
    return std::move(out).take();
}

}  // namespace rt::pack
