// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "container/container.h"
#include "kernel/calls_fs.h"

namespace rt::cli {

// spec: QueryWithoutIDGenError, QueryNonExistGenError, QueryStateImplement
Result<int> state(const Globals &globals, const Arguments &arguments)
{
    TRY_LET(id, oci::ContainerId::parse(arguments.positionals[0]));
    TRY_LET(state, container::state(globals.root, id));
    TRY(kernel::write_all(FdRef(1), oci::print_state(state)));
    return 0;
}

}  // namespace rt::cli
