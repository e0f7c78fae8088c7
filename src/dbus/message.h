// SPDX-License-Identifier: Apache-2.0
//
// Messages of D-Bus as bytes (specification, "Message Format").  Pure.  What comes in was made by somebody
// else: every length is checked, and nothing is believed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dbus/value.h"

namespace rt::dbus {

/// A method to call; an empty destination: the other end of a connection without a bus.
struct Call {
    std::string destination, path, interface, member;
    std::vector<Value> arguments;
};

enum class Kind : std::uint8_t { kCall = 1, kReturn = 2, kError = 3, kSignal = 4 };

/// A message that came in; kinds that are not named above are kept, and mean nothing.
struct Message {
    Kind kind{};
    std::uint32_t serial = 0, reply_to = 0;
    std::string path, interface, member, error;
    std::string signature, body;  ///< for arguments_of(): most signals are none of our business
};

/// More than any answer has that we ask for; the specification allows 128 MiB.
inline constexpr std::size_t kMaxMessage = std::size_t{1} << 20;
/// The bytes that tell how long a message is.
inline constexpr std::size_t kFixedHeader = 16;

/// The bytes of a call with this `serial`, which is not 0.
std::string encode(const Call &call, std::uint32_t serial);

/// The length of the message that begins with `header`, of kFixedHeader bytes at least.  Refuses what is no
/// message, another byte order, and more than kMaxMessage bytes.
Result<std::size_t> message_length(std::string_view header);

/// The message that is `bytes`, all of them.
Result<Message> decode(std::string_view bytes);
/// What it says.
Result<std::vector<Value>> arguments_of(const Message &message);

}  // namespace rt::dbus
