// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "layer/image.h"

namespace rt::layer {

/// Makes `directory`, which is not there yet or is empty, the root file system of the image: all of it, or
/// nothing. Until it is whole it is in ".NAME.layerctl" beside, which is removed when something fails, and
/// when we were killed by the next one that unpacks there.  `durable`: a power cut after this leaves it
/// whole.
Status unpack_image(const Image &image, const std::string &directory, const UnpackLimits &limits,
                    bool durable);

/// unpack_image() is to give up at the next occasion.  For a signal's handler.
void give_up();

}  // namespace rt::layer
