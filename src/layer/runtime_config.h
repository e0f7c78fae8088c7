// SPDX-License-Identifier: Apache-2.0
//
// config.json for an image (image-spec, conversion.md).
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "layer/container_wishes.h"

namespace rt::layer {

/// The file's text: what `runtime spec` writes, with the image's user, program, environment, working
/// directory and labels, and what is wished.  `image_config` is the image's; `root` its root file system, in
/// which names of users are looked up.
Result<std::string> runtime_config(std::string_view image_config, FdRef root, const ContainerWishes &wishes);

}  // namespace rt::layer
