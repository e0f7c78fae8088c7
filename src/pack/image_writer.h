// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "layer/image.h"

namespace rt::pack {

/// Writes `image`, which is complete (image_edit.h), as a new folder, or a new file, or standard output; all
/// or nothing.  Manifest and config are written as they are; each blob is compared with its digest on the
/// way. `durable`: a power cut afterwards leaves it whole.
///
/// A docker archive is an image layout at the same time; its layers have to be unpacked (repack()), since
/// not all that load it unpack zstd.
Status write_image(const layer::Image &image, const layer::ImageSource &target, bool durable);

}  // namespace rt::pack
