// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "layer/image.h"
#include "store/store.h"

namespace rt::store {

struct ImportOptions {
    layer::UnpackLimits limits;
    unsigned jobs = 0;    ///< layers at a time; 0: as many as there are processors
    bool durable = true;  ///< the image is safe from a power cut when it has its name
};

/// Takes the image in, under `name`: its blobs, and each of its layers unpacked.  What is there already is
/// not made again, and what another import is making is waited for.
Result<ImageName> import_image(const Store &store, const layer::Image &image, const std::string &name,
                               const ImportOptions &options);

}  // namespace rt::store
