// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "container/container.h"

namespace rt::cli {

// spec: DeleteWithoutIDGenError
Result<int> delete_(const Globals &globals, const Arguments &arguments)
{
    TRY_LET(id, oci::ContainerId::parse(arguments.positionals[0]));
    TRY(container::remove(globals.root, id, arguments.on("force")));
    return 0;
}

}  // namespace rt::cli
