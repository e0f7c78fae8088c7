// SPDX-License-Identifier: Apache-2.0
#include "cli/create_options.h"

namespace rt::cli {

// spec: CliDetach, CliKeep
Result<int> run(const Globals &globals, const Arguments &arguments)
{
    container::RunOptions options;
    TRY_LET(create, create_options(globals, arguments));
    options.create = std::move(create);
    options.detach = arguments.on("detach");
    options.keep = arguments.on("keep");
    options.subreaper = !arguments.on("no-subreaper");
    return container::run(options);
}

}  // namespace rt::cli
