// SPDX-License-Identifier: Apache-2.0
//
// One operation of the init stage before it is bytes: the same fields as init::Record, with strings
// where that has offsets.  A vector of these is the container's half of a Plan; it can be compared,
// printed and explained, and encode() turns it into the blob.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "init/wire.h"

namespace rt::plan {

/// Where in config.json a step comes from: "/mounts/3".  Empty where it comes from nowhere.
struct Origin {
    const char *section = "";  ///< "/mounts"
    std::int32_t index = -1;
    bool operator==(const Origin &other) const;
    std::string pointer() const;  ///< "/mounts/3", or ""
};

/// What only a few steps have, kept apart: there may be a thousand steps, and every page costs.
struct Detail {
    std::string s3;                   ///< where the record has a string
    std::vector<std::string> w1, w2;  ///< where it has words: s1, s2
    std::string bytes;                ///< kSeccomp: the program; kHook: the state before the pid (b)
    std::string bytes2;               ///< kHook: the state behind the pid (c)

    bool operator==(const Detail &other) const = default;
};

struct Step {
    init::Op op{};
    std::uint16_t flags = 0;
    std::int32_t fd = -1;
    std::uint64_t a = 0, b = 0, c = 0;
    std::uint32_t n = 0;          ///< kCall
    std::string s1, s2;           ///< where the record has a string; kCall: bytes, of which only s1 is text
    std::vector<std::string> w3;  ///< where it has words: s3
    std::string subject;          ///< what describe() names when the record doesn't: a destination; kCall and
                                  ///< kWrite: the whole of it
    Origin origin;
    std::vector<Detail> detail;  ///< one or none

    /// The detail, made when it is not there; of a const step an empty one.
    Detail &more();
    const Detail &more() const;
    bool operator==(const Step &other) const = default;
};

/// An entry of w2 or w3 that stands for the buffer of the kHome before it: init fills in the home
/// there.  The NUL at its end keeps it apart from every string of config.json.
inline constexpr std::string_view kHomeSlot{"HOME=/\0", 7};

/// The blob for init: Header, records, pool.  `sync_fd` is the descriptor init inherits.
std::vector<char> encode(const std::vector<Step> &steps, int sync_fd);

/// What a step does, for errors and `runtime plan`: `mounting "/data"`.
std::string describe(const Step &step);

}  // namespace rt::plan
