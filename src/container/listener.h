// SPDX-License-Identifier: Apache-2.0
//
// The listener of a seccomp filter on its way to the agent at linux.seccomp.listenerPath.
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "container/channel.h"
#include "container/record.h"
#include "oci/config.h"
#include "oci/state.h"

namespace rt::container {

/// The listener that the filter of `config` needs; none without SCMP_ACT_NOTIFY.
std::optional<SeccompListener> listener_of(const oci::Config &config);

/// Fails with the pointer when no agent can be there at `start`: listenerPath is no socket, and there is no
/// hook that may make it one.
Status check_listener(const oci::Config &config);

/// The agent of one filter, from before there is a filter until it has the listener.
class SeccompAgent {
public:
    /// Nobody's: for a filter without listener.
    SeccompAgent() = default;
    /// Connects, which has to be done before init is told to go on: what fails then has changed nothing, and
    /// init does not wait long.  Nobody when there is no `listener`.
    static Result<SeccompAgent> connect(const std::optional<SeccompListener> &listener);

    bool awaited() const { return connection_.open(); }
    /// Passes on what `heard` brought (kListener of the process `pid`) and closes the connection.
    /// `state`: of the container.
    Status send(const Heard &heard, const oci::State &state, pid_t pid);

private:
    SeccompAgent(Fd connection, SeccompListener listener)
        : connection_(std::move(connection)), listener_(std::move(listener))
    {}
    Fd connection_;
    SeccompListener listener_;
};

}  // namespace rt::container
