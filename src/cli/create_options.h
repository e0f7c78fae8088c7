// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command.h"
#include "container/container.h"

namespace rt::cli {

/// What `create` and `run` share.  A positional with a slash, or one that begins with a dot, is the
/// bundle; without an ID the container is called like the bundle's folder.
Result<container::CreateOptions> create_options(const Globals &globals, const Arguments &arguments);

/// Those of them that change the plan, which `plan` has too.
Status read_plan_options(const Arguments &arguments, container::CreateOptions &options);

/// The folder's name with what an ID can't hold turned into '-'.
Result<std::string> name_after(const std::string &bundle);

/// The bundle and the ID that the positionals stand for; an empty one was not given.
struct Names {
    std::string bundle, id;
};
Result<Names> names_of(const std::vector<std::string> &positionals);

}  // namespace rt::cli
