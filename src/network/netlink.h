// SPDX-License-Identifier: Apache-2.0
//
// rtnetlink(7): requests as bytes, answers as bytes.  What they mean is for devices.h and addresses.h.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::network {

/// The bytes of a T as the kernel has it.
template <class T>
requires std::is_trivially_copyable_v<T> std::string bytes_of(const T &value)
{
    return {reinterpret_cast<const char *>(&value), sizeof value};
}

/// A T from the start of `bytes`; nullopt where they are too few.
template <class T>
requires std::is_trivially_copyable_v<T> std::optional<T> read_as(std::string_view bytes)
{
    T value;
    if (bytes.size() < sizeof value) {
        return std::nullopt;
    }
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

struct Attribute {
    std::uint16_t type = 0;
    std::string_view value;
};
/// The attributes in `bytes`, in order; what is cut short at the end is left out.
std::vector<Attribute> attributes(std::string_view bytes);
/// The value of the first attribute of that type; empty when there is none.
std::string_view attribute(std::string_view bytes, std::uint16_t type);

class Request {
public:
    /// `type`: RTM_*, `flags`: NLM_F_* beside NLM_F_REQUEST and NLM_F_ACK, `head`: the struct of that type.
    template <class Head>
    Request(std::uint16_t type, std::uint16_t flags, const Head &head) : type_(type), flags_(flags)
    {
        append(bytes_of(head));
    }

    Request &put(std::uint16_t attribute, std::string_view value);
    Request &put_number(std::uint16_t attribute, std::uint32_t value)
    {
        return put(attribute, bytes_of(value));
    }
    /// `value` with its NUL.
    Request &put_string(std::uint16_t attribute, const std::string &value)
    {
        return put(attribute, {value.c_str(), value.size() + 1});
    }

private:
    friend class Netlink;
    void append(std::string_view bytes);

    std::uint16_t type_, flags_;
    std::string body_;
};

/// One message of an answer, without its header.
struct Answer {
    std::uint16_t type = 0;
    std::string body;
};

/// A conversation with the kernel about one network namespace, whichever we are in later.
class Netlink {
public:
    /// About the namespace we are in.
    static Result<Netlink> open();
    /// About the namespace of the descriptor `ns`: we go there to ask, and back.
    static Result<Netlink> open_in(FdRef ns, FdRef own);

    /// Sends `request` and gives what comes before the kernel's "done".  An error is that errno, with the
    /// kernel's own words where it has some.
    Result<std::vector<Answer>> ask(const Request &request);
    /// The same where there is nothing to hear but yes or no.
    Status tell(const Request &request);

private:
    explicit Netlink(Fd socket) : socket_(std::move(socket)) {}
    Result<std::vector<Answer>> once(const Request &request, bool &interrupted);

    Fd socket_;
    std::uint32_t sequence_ = 0;
};

}  // namespace rt::network
