// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "container/container.h"

namespace rt::cli {

// spec: StartWithoutIDGenError
Result<int> start(const Globals &globals, const Arguments &arguments)
{
    TRY_LET(id, oci::ContainerId::parse(arguments.positionals[0]));
    TRY(container::start(globals.root, id));
    return 0;
}

}  // namespace rt::cli
