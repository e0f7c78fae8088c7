// SPDX-License-Identifier: Apache-2.0
#include "cli/checkpoint.h"
#include "cli/create_options.h"
#include "container/checkpoint.h"

namespace rt::cli {

Result<int> restore(const Globals &globals, const Arguments &arguments)
{
    container::RestoreOptions options;
    TRY_LET(create, create_options(globals, arguments));
    options.create = std::move(create);
    options.image_path = arguments.value("image-path", options.image_path);
    options.work_path = arguments.value("work-path");
    options.detach = arguments.on("detach");
    options.subreaper = !arguments.on("no-subreaper");
    TRY_LET(criu, criu_options(globals, arguments));
    options.criu = std::move(criu);
    return container::restore(options);
}

}  // namespace rt::cli
