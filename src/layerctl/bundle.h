// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/fd.h"
#include "base/result.h"
#include "layer/runtime_config.h"
#include "layerctl/id_options.h"
#include "layerctl/image_options.h"

namespace rt::layerctl {

/// What a bundle is made of, looked at before anything is made.
struct BundlePlan {
    OpenedImage opened;
    layer::ContainerWishes wishes;
};

/// Of the first positional's image; the container's command is what follows the first `words` positionals.
Result<BundlePlan> plan_bundle(const Arguments &arguments, std::size_t words);

/// What --uidmap and --gidmap ask for, also of the container in `wishes`.
Result<std::optional<Mapped>> take_ids(const Arguments &arguments, layer::ContainerWishes &wishes);

/// rootfs, config.json and volumes in `directory`, which is empty.
Status make_bundle(FdRef directory, const BundlePlan &plan);

}  // namespace rt::layerctl
