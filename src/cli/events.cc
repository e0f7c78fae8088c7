// SPDX-License-Identifier: Apache-2.0
#include "container/events.h"

#include "base/str.h"
#include "cli/command.h"
#include "cli/numbers.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_wait.h"

namespace rt::cli {
namespace {

/// go-runc (Stats, Events) closes its end once we have ended, read or not: who is quick would lose the last
/// line.
constexpr std::chrono::milliseconds kReaderIsAwake{200};

}  // namespace

// spec: CliEvents
Result<int> events(const Globals &globals, const Arguments &arguments)
{
    constexpr FdRef kStdout(1);
    TRY_LET(interval, duration("--interval", arguments.value("interval", "5s")));
    TRY_LET(id, oci::ContainerId::parse(arguments.positionals[0]));
    if (arguments.on("stats")) {
        TRY_LET(line, container::stats(globals.root, id));
        TRY(kernel::write_all(kStdout, line));
    } else {
        TRY(container::events(globals.root, id, interval, kStdout));
    }
    kernel::wait_read(kStdout, kReaderIsAwake);
    return 0;
}

}  // namespace rt::cli
