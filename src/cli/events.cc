// SPDX-License-Identifier: Apache-2.0
#include "container/events.h"

#include "base/str.h"
#include "cli/command.h"
#include "cli/numbers.h"
#include "kernel/calls_fs.h"

namespace rt::cli {

// spec: CliEvents
Result<int> events(const Globals &globals, const Arguments &arguments)
{
    constexpr FdRef kStdout(1);
    TRY_LET(interval, duration("--interval", arguments.value("interval", "5s")));
    TRY_LET(id, oci::ContainerId::parse(arguments.positionals[0]));
    if (arguments.on("stats")) {
        TRY_LET(line, container::stats(globals.root, id));
        TRY(kernel::write_all(kStdout, line));
        return 0;
    }
    TRY(container::events(globals.root, id, interval, kStdout));
    return 0;
}

}  // namespace rt::cli
