// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "layer/image.h"

namespace rt::layer {

/// All layers of the image, one after the other, into `root`: an empty directory that nobody else uses.  What
/// is there after an error is for removal.
Status unpack_image(const Image &image, FdRef root, const UnpackLimits &limits);

/// Whatever unpacks is to give up at the next occasion.  For a signal's handler.
void give_up();
/// EINTR once somebody has called give_up().
Status check_given_up();

}  // namespace rt::layer
