// SPDX-License-Identifier: Apache-2.0
//
// The basic types of D-Bus, as a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rt::dbus {

/// A type whose values are numbers.
struct Basic {
    char code;              ///< in a signature
    std::string_view word;  ///< in GVariant's words
    std::uint8_t size;      ///< on the wire, and its alignment
    bool is_signed;
    std::uint64_t most;  ///< the largest value
};

inline constexpr Basic kBasics[] = {
    {'y', "byte", 1, false, UINT8_MAX},    {'b', "boolean", 4, false, 1},
    {'n', "int16", 2, true, INT16_MAX},    {'q', "uint16", 2, false, UINT16_MAX},
    {'i', "int32", 4, true, INT32_MAX},    {'u', "uint32", 4, false, UINT32_MAX},
    {'x', "int64", 8, true, INT64_MAX},    {'t', "uint64", 8, false, UINT64_MAX},
    {'d', "double", 8, false, UINT64_MAX}, {'h', "handle", 4, false, UINT32_MAX},
};

/// Null for a type that is none of them.
const Basic *basic(char code);

/// A string, an object path or a signature.
constexpr bool is_text(char code) { return code == 's' || code == 'o' || code == 'g'; }

}  // namespace rt::dbus
