// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "container/container.h"

namespace rt::cli {
namespace {

// spec: CliStrict
container::Removal removal(bool force, bool strict)
{
    if (force) {
        return container::Removal::kAny;
    }
    return strict ? container::Removal::kStopped : container::Removal::kStoppedOrCreated;
}

}  // namespace

// spec: DeleteWithoutIDGenError
Result<int> delete_(const Globals &globals, const Arguments &arguments)
{
    TRY_LET(id, oci::ContainerId::parse(arguments.positionals[0]));
    TRY(container::remove(globals.root, id, removal(arguments.on("force"), globals.strict)));
    return 0;
}

}  // namespace rt::cli
