// SPDX-License-Identifier: Apache-2.0
//
// Values of D-Bus with their types, and the words that GVariant has for them ('uint64 5', "['a', 'b']").
// Pure: values in, values out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rt::dbus {

/// How deep arrays, structures and variants may lie in each other; the specification allows 64.
inline constexpr int kMaxDepth = 32;

/// A value; its type says which of the members counts.
struct Value {
    std::string type;          ///< the signature of one complete type: "s", "t", "a(ss)"
    std::uint64_t number = 0;  ///< of y b n q i u x t h, in two's complement; of d its bits
    std::string text;          ///< of s o g
    std::vector<Value> parts;  ///< of an array, a structure; of a variant the one in it

    explicit Value(std::string_view type_, std::uint64_t number_ = 0);
    Value(std::string_view type_, std::string text_);
    Value(std::string_view type_, std::vector<Value> parts_);
    // Out of line: there are many of them, in few places that have to be fast.
    Value(const Value &);
    Value(Value &&) noexcept;
    Value &operator=(const Value &);
    Value &operator=(Value &&) noexcept;
    ~Value();
    bool operator==(const Value &) const;
};

Value boolean(bool value);
Value int32(std::int32_t value);
Value uint32(std::uint32_t value);
Value uint64(std::uint64_t value);
Value text(std::string value);
Value variant(Value value);
Value structure(std::vector<Value> parts);
/// `element`: the type of each of `parts`.
Value array(std::string_view element, std::vector<Value> parts);
/// "as"
Value words(const std::vector<std::string> &list);
/// "ay"
Value bytes(std::string_view bytes);

/// The length of the first complete type of `signature`; 0 when there is none.
std::size_t type_length(std::string_view signature);

/// As GVariant prints it: "uint64 5", "['a', 'b']", "[byte 0x03]".
std::string print(const Value &value);

/// Reads what print() writes, and what people do: a number is an int32 unless a word (uint64, byte, ...) or
/// "@TYPE" is before it.  No "maybe" types, which D-Bus has not; no dictionaries and no fractions, which are
/// nobody's property.
Result<Value> parse(std::string_view text);

}  // namespace rt::dbus
