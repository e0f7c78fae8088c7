// SPDX-License-Identifier: Apache-2.0
//
// A connection to a message bus, or to a program that speaks D-Bus without one.  Nothing here waits longer
// than it was told to, whatever the other side does.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "dbus/message.h"

namespace rt::dbus {

using Deadline = std::chrono::steady_clock::time_point;

/// Who we say we are; the other side asks the kernel anyhow.
enum class Identity : std::uint8_t {
    kUid,   ///< our effective user id
    kNone,  ///< what the kernel says: in a user namespace our own number is another
};

/// The name of an error that the other side answered with, and its words.
struct Refusal {
    std::string name;  ///< "org.freedesktop.systemd1.NoSuchUnit"
    std::string text;
};

class Connection {
public:
    /// Connects to the socket `path` and authenticates (specification, "Authentication Protocol").
    static Result<Connection> open(const std::string &path, Identity identity, Deadline deadline);

    /// Sends the call and waits for its answer.  A refusal of the other side is an error, and in refusal().
    Result<std::vector<Value>> call(const Call &call, Deadline deadline);

    /// The next signal `member` of `interface`; nothing when `deadline` has passed.  Others are dropped.
    Result<std::optional<std::vector<Value>>> signal(std::string_view interface, std::string_view member,
                                                     Deadline deadline);

    /// What the last call() was refused with; empty when it was not.
    const Refusal &refusal() const { return refusal_; }

private:
    explicit Connection(Fd socket) : socket_(std::move(socket)) {}

    Status authenticate(Identity identity, Deadline deadline);
    Status fill(Deadline deadline, bool &late);
    Result<std::optional<Message>> receive(Deadline deadline);

    Fd socket_;
    std::string buffer_;           ///< received and not looked at yet
    std::deque<Message> signals_;  ///< came while an answer was awaited
    std::uint32_t serial_ = 0;
    Refusal refusal_;
};

}  // namespace rt::dbus
