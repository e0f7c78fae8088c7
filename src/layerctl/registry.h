// SPDX-License-Identifier: Apache-2.0
//
// Registries, by the program that exists for them: skopeo.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "layer/image.h"
#include "layerctl/command.h"

namespace rt::layerctl {

/// "docker://HOST:PORT/NAME:TAG".
bool is_in_registry(std::string_view text);

/// The image `text` of `platform`, its documents as the registry has them.  Its files have no names any more
/// when this returns.
Result<layer::Image> pull(const std::string &text, const layer::Platform &platform, layer::Purpose purpose,
                          const Arguments &arguments);

/// Writes `image`, which is complete, to `text`.
Status push(const layer::Image &image, const std::string &text, const Arguments &arguments);

}  // namespace rt::layerctl
