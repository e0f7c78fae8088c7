// SPDX-License-Identifier: Apache-2.0
//
// What an image's config says of its containers (image-spec, config.md and conversion.md).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "layer/container_wishes.h"
#include "layer/image_user.h"

namespace rt::layer {

struct ContainerFacts {
    std::vector<std::string> args, env;
    std::string cwd;
    ImageUser user;
    std::map<std::string, std::string> annotations;
};

/// Of `image_config`, with what is wished before it; names of users are looked up in `root`.
Result<ContainerFacts> container_facts(std::string_view image_config, FdRef root,
                                       const ContainerWishes &wishes);

/// A label or an annotation of this name is an order to a runtime or an engine; one of an image gives none.
bool gives_orders(std::string_view name);

}  // namespace rt::layer
