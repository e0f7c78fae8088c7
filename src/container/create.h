// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "container/container.h"
#include "container/foreground.h"
#include "container/notify.h"
#include "kernel/calls_process.h"

namespace rt::container {

enum class Mode : std::uint8_t {
    kCreate,      ///< init waits for `start`
    kDetached,    ///< goes on to the program; the terminal goes to --console-socket
    kForeground,  ///< goes on; the terminal is ours to relay
};

/// A container whose init waits for `start`, or has become the program.
struct Created {
    StateRoot root;
    Home home;  ///< locked
    Record record;
    Fd init;     ///< pidfd
    Fd console;  ///< kForeground with a terminal: the socket its master arrives on
    std::optional<oci::ConsoleSize> console_size;
    Notify notify;  ///< not of kCreate
};

/// All of `create`; of `run` what comes before waiting.  An error has undone everything.
Result<Created> bring_up(const CreateOptions &options, Mode mode);

/// Waits for the end of a container in the foreground, and deletes it unless `keep`.  Gives the exit code.
Result<int> attend(const Signals &signals, Created created, bool keep);

}  // namespace rt::container
