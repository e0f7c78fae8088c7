// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command.h"
#include "container/container.h"

namespace rt::cli {

/// What `create` and `run` share.  A positional with a slash, or one that begins with a dot, is the
/// bundle; without an ID the container is called like the bundle's folder.
Result<container::CreateOptions> create_options(const Globals &globals, const Arguments &arguments);

/// The bundle and the ID that the positionals stand for; an empty one was not given.
struct Names {
    std::string bundle, id;
};
Result<Names> names_of(const std::vector<std::string> &positionals);

}  // namespace rt::cli
