// SPDX-License-Identifier: Apache-2.0
//
// What all commands have that write archives.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "layer/image.h"
#include "layerctl/command.h"
#include "layerctl/image_options.h"
#include "pack/changes.h"
#include "pack/packing.h"
#include "pack/stack.h"

namespace rt::layerctl {

/// --compress.
Result<pack::Packing> packing(const Arguments &arguments, pack::Packing absent);

/// SOURCE_DATE_EPOCH of the environment: no time is later (reproducible-builds.org).
Result<std::optional<std::int64_t>> newest_time();

/// Where an image is to be written.
struct ImageTarget {
    std::string registry;     ///< "docker://HOST/NAME", or ""
    layer::ImageSource file;  ///< when it is none

    bool is_docker_archive() const
    {
        return registry.empty() && file.shape == layer::ImageSource::Shape::kDockerArchive;
    }
};
/// What `text` of the command line names: "docker://HOST/NAME", "oci:DIR:NAME", "oci-archive:FILE", ...
Result<ImageTarget> image_target(std::string_view text);

/// Written there; with its layers packed anew if so asked, or if the target needs it.
Status write_image(OpenedImage &opened, const ImageTarget &target, std::optional<pack::Packing> packing,
                   const Arguments &arguments);

/// Where a layer goes, and how.
struct LayerFile {
    std::string path;
    pack::Packing packing;
    std::optional<std::int64_t> newest;
    bool durable;
};
/// The changes that lead to `after` as a layer in a new file.
Status write_layer(const pack::MergedDirectory &after, std::span<const pack::Change> changes,
                   const LayerFile &file);

}  // namespace rt::layerctl
