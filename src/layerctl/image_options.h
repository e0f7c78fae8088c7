// SPDX-License-Identifier: Apache-2.0
//
// The options that all commands have which read an image.
#pragma once

#include <string>

#include "base/result.h"
#include "layer/image.h"
#include "layerctl/command.h"

namespace rt::layerctl {

struct OpenedImage {
    layer::Image image;
    layer::UnpackLimits limits;
};

/// --max-size and --max-entries.
Result<layer::UnpackLimits> limits_of(const Arguments &arguments);

/// The image of the first positional, or another one, along --platform, --max-size and --max-entries.
Result<OpenedImage> open_image(const Arguments &arguments, std::size_t which = 0,
                               layer::Purpose purpose = layer::Purpose::kFiles);

}  // namespace rt::layerctl
