// SPDX-License-Identifier: Apache-2.0
//
// The options of `run` and `bundle` that say of the container what its image does not.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "layer/container_wishes.h"
#include "layerctl/command.h"

namespace rt::layerctl {

/// What the command line wishes, whose container's command is what follows the first `words` positionals.
Result<layer::ContainerWishes> wishes_of(const Arguments &arguments, std::size_t words);

}  // namespace rt::layerctl
