// SPDX-License-Identifier: Apache-2.0
//
// The image's volumes: directories of a container's own (image-spec, conversion.md, "config.Volumes").
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "layer/container_wishes.h"
#include "layer/entry_path.h"
#include "layer/image_json.h"

namespace rt::layerctl {

/// Where they are in the image, those below others behind them, without those in whose place something else
/// is wished for; none, when none are wished for.  Refused: the root, and what has ".." in it.
Result<std::vector<layer::EntryPath>> volumes_of(const layer::ImageConfig &config,
                                                 const layer::ContainerWishes &wishes);

/// Where a container's volumes are to be.
struct VolumesPlace {
    FdRef dir;
    std::string path;  ///< leads to `dir` for config.json: "" from the bundle, or absolute with "/" behind
};
/// Makes "volumes" there, if there are any, with a directory for each that has what `root`, the image's root
/// file system, has there: it is / to links on the way.  `wishes` with them, mounts below others behind
/// those.
Result<layer::ContainerWishes> with_volumes(layer::ContainerWishes wishes, const layer::ImageConfig &config,
                                            FdRef root, const VolumesPlace &place);

}  // namespace rt::layerctl
