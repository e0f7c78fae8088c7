// SPDX-License-Identifier: Apache-2.0
#include "dbus/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"
#include "kernel/calls_wait.h"

namespace rt::dbus {
namespace {

constexpr std::size_t kChunk = 16 * 1024;
constexpr std::size_t kMaxLine = 1024;    // of the authentication
constexpr std::size_t kMaxSignals = 256;  // that wait while an answer is awaited

/// Until then, in ms; never negative, which would be for ever.
int left_ms(Deadline deadline)
{
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30));
}

Error late(std::string_view waiting_for)
{
    return Error::kernel(ETIMEDOUT, str("waiting for ", waiting_for));
}

std::string hex_uid()
{
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    for (const char c : str(::geteuid())) {
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

}  // namespace

Result<Connection> Connection::open(const std::string &path, Identity identity, Deadline deadline)
{
    const int patience_ms = std::max(left_ms(deadline), 1);
    TRY_LET(socket, kernel::connect_at(kernel::kCwd, path, SOCK_STREAM, patience_ms));
    Connection connection(std::move(socket));
    TRY(connection.authenticate(identity, deadline).context("authenticating"));
    return connection;
}

/// All of our part is sent at once: whoever takes us says OK, whatever else they say before.
Status Connection::authenticate(Identity identity, Deadline deadline)
{
    const std::string hello = identity == Identity::kUid
                                  ? str('\0', "AUTH EXTERNAL ", hex_uid(), "\r\nBEGIN\r\n")
                                  : str('\0', "AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n");
    TRY(kernel::send(socket_, hello));
    for (;;) {
        const std::size_t end = buffer_.find("\r\n");
        if (end == std::string::npos) {
            bool passed = false;
            TRY(fill(deadline, passed));
            if (passed) {
                return late("its word");
            }
            if (buffer_.size() > kMaxLine && buffer_.find("\r\n") == std::string::npos) {
                return Error::state("it does not speak D-Bus");
            }
            continue;
        }
        const std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        if (line.starts_with("OK")) {
            return {};
        }
        if (line != "DATA") {
            return Error::state(str("it does not take us: \"", line.substr(0, 80), '"'));
        }
    }
}

/// More bytes for buffer_, some of them; `late`: none came in time.
Status Connection::fill(Deadline deadline, bool &late)
{
    pollfd waiting[] = {{socket_.get(), POLLIN, 0}};
    TRY_LET(came, kernel::poll(waiting, left_ms(deadline)));
    late = !came;
    if (late) {
        return {};
    }
    const std::size_t before = buffer_.size();
    buffer_.resize(before + kChunk);
    TRY_LET(received, kernel::receive(socket_, std::span(buffer_).subspan(before)));
    buffer_.resize(before + received.size);
    return received.size == 0 ? Status(Error::kernel(ECONNRESET, "reading from the bus")) : Status();
}

Result<std::optional<Message>> Connection::receive(Deadline deadline)
{
    for (;;) {
        if (buffer_.size() >= kFixedHeader) {
            TRY_LET(length, message_length(buffer_));
            if (buffer_.size() >= length) {
                TRY_LET(message, decode(std::string_view(buffer_).substr(0, length)));
                buffer_.erase(0, length);
                return std::optional(std::move(message));
            }
        }
        bool passed = false;
        TRY(fill(deadline, passed));
        if (passed) {
            return std::optional<Message>();
        }
    }
}

Result<std::vector<Value>> Connection::call(const Call &call, Deadline deadline)
{
    refusal_ = {};
    const std::uint32_t serial = ++serial_;
    TRY(kernel::send(socket_, encode(call, serial)));
    for (;;) {
        TRY_LET(message, receive(deadline));
        if (!message) {
            return late(str("the answer to ", call.member));
        }
        if (message->kind == Kind::kSignal) {
            if (signals_.size() == kMaxSignals) {
                signals_.pop_front();
            }
            signals_.push_back(std::move(*message));
        } else if (message->reply_to == serial && message->kind == Kind::kReturn) {
            return arguments_of(*message);
        } else if (message->reply_to == serial && message->kind == Kind::kError) {
            TRY_LET(said, arguments_of(*message));
            refusal_ = {message->error, said.empty() ? message->error : said.front().text};
            return Error::state(refusal_.text);
        }
    }
}

Result<std::optional<std::vector<Value>>> Connection::signal(std::string_view interface,
                                                             std::string_view member, Deadline deadline)
{
    for (;;) {
        std::optional<Message> message;
        if (!signals_.empty()) {
            message = std::move(signals_.front());
            signals_.pop_front();
        } else {
            TRY_LET(received, receive(deadline));
            message = std::move(received);
        }
        if (!message) {
            return std::optional<std::vector<Value>>();
        }
        if (message->kind == Kind::kSignal && message->interface == interface && message->member == member) {
            TRY_LET(arguments, arguments_of(*message));
            return std::optional(std::move(arguments));
        }
    }
}

}  // namespace rt::dbus
