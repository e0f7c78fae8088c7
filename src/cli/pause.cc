// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "container/container.h"

namespace rt::cli {

Result<int> pause(const Globals &globals, const Arguments &arguments)
{
    TRY_LET(id, oci::ContainerId::parse(arguments.positionals[0]));
    TRY(container::pause(globals.root, id));
    return 0;
}

}  // namespace rt::cli
