// SPDX-License-Identifier: Apache-2.0
//
// sd_notify(3) out of a container.  Whoever calls us with NOTIFY_SOCKET waits to hear that the program is
// ready. The program gets a socket of its own, in a directory of the container's home, and `start` or `run`
// passes on that it is ready, and nothing else.  Without NOTIFY_SOCKET none of this happens.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"

namespace rt::container {

/// The mount and the variable of the socket, for a container of `id` below the state root `root`.  Not where
/// config.json has a socket or no mount namespace of its own.
void offer_notify_socket(oci::Config &config, const std::string &root, const std::string &id);

class Notify {
public:
    Notify() = default;  ///< nobody waits, nothing comes
    /// Makes the directory of that mount in `home`, where `config` has one, and listens there if `listens`.
    static Result<Notify> prepare(const oci::Config &config, FdRef home, bool listens);
    /// The socket in `home`, if the container was made with one and we are called with NOTIFY_SOCKET.
    static Result<Notify> listen(FdRef home);

    bool awaited() const { return socket_.open(); }
    FdRef fd() const { return socket_; }
    /// Takes what has come.  Once that is READY=1 it is passed on, with `main_pid` unless that is 0, and
    /// nothing is awaited any longer.
    void take(pid_t main_pid);
    /// The same until the program is ready, or the process of `pidfd` has ended.
    void wait(FdRef pidfd, pid_t main_pid);

private:
    Fd socket_;
};

}  // namespace rt::container
