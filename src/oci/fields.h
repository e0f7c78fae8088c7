// SPDX-License-Identifier: Apache-2.0
//
// How a JSON object becomes a struct: a row per property, in one table per struct.  There is no other
// parsing code for config.json.  Nothing stops at the first mistake: everything is noted.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "oci/findings.h"
#include "oci/names.h"

namespace rt::oci {

enum class Need : std::uint8_t { kOptional, kRequired };

template <class Owner, class Value>
struct Field {
    std::string_view name;
    Value Owner::*member;
    Need need;
};

template <class Owner, class Value>
constexpr Field<Owner, Value> field(std::string_view name, Value Owner::*member, Need need = Need::kOptional)
{
    return {name, member, need};
}

/// Specialized for each struct of config.h, in config.cc.
template <class T>
inline constexpr std::tuple<> kFields{};

/// Where the reading of a text notes what it finds.
struct Notes {
    Findings &findings;
    std::vector<std::string> &unknown;

    void wrong_kind(json::Node node, std::string_view expected) const;
    void not_a_word(json::Node node, std::string_view expected) const;
};

void read(const Notes &notes, json::Node node, bool &out);
void read(const Notes &notes, json::Node node, std::string &out);
void read_signed(const Notes &notes, json::Node node, std::int64_t least, std::int64_t most,
                 std::int64_t &out);
void read_unsigned(const Notes &notes, json::Node node, std::uint64_t most, std::uint64_t &out);

template <std::signed_integral T>
void read(const Notes &notes, json::Node node, T &out)
{
    std::int64_t value = 0;
    read_signed(notes, node, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), value);
    out = static_cast<T>(value);
}

template <std::unsigned_integral T>
void read(const Notes &notes, json::Node node, T &out)
{
    std::uint64_t value = 0;
    read_unsigned(notes, node, std::numeric_limits<T>::max(), value);
    out = static_cast<T>(value);
}

template <class E>
requires std::is_enum_v<E>
void read(const Notes &notes, json::Node node, E &out)
{
    const std::optional<std::string_view> word = node.string();
    const std::optional<E> value = word ? value_of<E>(*word) : std::nullopt;
    if (value) {
        out = *value;
        return;
    }
    std::string expected;
    for (const Word<E> &row : words<E>()) {
        expected += str(expected.empty() ? "" : ", ", row.word);
    }
    notes.not_a_word(node, expected);
}

template <class T>
requires std::is_class_v<T>
void read(const Notes &notes, json::Node node, T &out);

template <class T>
void read(const Notes &notes, json::Node node, std::optional<T> &out)
{
    read(notes, node, out.emplace());
}

template <class T>
void read(const Notes &notes, json::Node node, std::vector<T> &out)
{
    if (!node.is_array()) {
        notes.wrong_kind(node, "an array");
        return;
    }
    out.reserve(node.size());
    for (const json::Member element : node.children()) {
        read(notes, element.value, out.emplace_back());
    }
}

template <class T>
void read(const Notes &notes, json::Node node, std::map<std::string, T> &out)
{
    if (!node.is_object()) {
        notes.wrong_kind(node, "an object");
        return;
    }
    for (const json::Member m : node.children()) {
        read(notes, m.value, out[std::string(m.name)]);
    }
}

/// Reads the one property `m` if it is the row's; gives whether it is.
template <class T, class Value>
bool read_field(const Notes &notes, const json::Member &m, T &out, const Field<T, Value> &row)
{
    if (m.name != row.name) {
        return false;
    }
    // Null is how some engines write an absent property.
    if (m.value.kind() != json::Kind::kNull) {
        read(notes, m.value, out.*row.member);
    }
    return true;
}

template <class T, class Value>
void check_need(const Notes &notes, json::Node node, const Field<T, Value> &row)
{
    if (row.need == Need::kRequired && !node.member(row.name)) {
        notes.findings.error(str(node.pointer(), '/', row.name), "is required");
    }
}

// spec: ExtensibilityIgnoreUnknownProp
template <class T>
requires std::is_class_v<T>
void read(const Notes &notes, json::Node node, T &out)
{
    static_assert(std::tuple_size_v<std::remove_cvref_t<decltype(kFields<T>)>> != 0,
                  "a struct without a table");
    if (!node.is_object()) {
        notes.wrong_kind(node, "an object");
        return;
    }
    std::apply(
        [&](const auto &...row) {
            for (const json::Member m : node.children()) {
                if (!(read_field(notes, m, out, row) || ...)) {
                    notes.unknown.push_back(m.value.pointer());
                }
            }
            (check_need(notes, node, row), ...);
        },
        kFields<T>);
}

}  // namespace rt::oci
