// SPDX-License-Identifier: Apache-2.0
//
// A process that the caller waits for: its signals, its terminal, its end.
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "container/console.h"
#include "container/notify.h"

namespace rt::container {

/// What comes to us while the process runs arrives here instead, from construction on.
class Signals {
public:
    static Result<Signals> hold();
    FdRef fd() const { return fd_; }
    /// The next one, if there is one.
    std::optional<int> next() const;

private:
    explicit Signals(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;
};

/// Waits for the end of our child `pid`, hands on signals and relays its terminal, if `console` holds one.
/// Gives its status, as wait(2) has it.  What `notify` brings is passed on: we are the caller's main process.
int wait_in_foreground(const Signals &signals, FdRef pidfd, pid_t pid, std::optional<Console> &console,
                       Notify notify = {});

/// What a shell would say of `status`: the exit code, or 128 + the signal.
int exit_code(int status);

}  // namespace rt::container
