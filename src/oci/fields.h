// SPDX-License-Identifier: Apache-2.0
//
// How a JSON object becomes a struct: a row per property, in one table per struct.  There is no other
// parsing code for config.json.  Nothing stops at the first mistake: everything is noted.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/json.h"
#include "oci/findings.h"
#include "oci/names.h"
#include "oci/nearest.h"

namespace rt::oci {

enum class Need : std::uint8_t { kOptional, kRequired };

template <class Owner, class Value>
struct Field {
    std::string_view name;
    Value Owner::*member;
    Need need;
    std::string_view clause;   ///< what a value of the wrong kind breaks, or none at all; "": the general one
    std::string_view example;  ///< what to write where it is missing; may be ""
};

template <class Owner, class Value>
constexpr Field<Owner, Value> field(std::string_view name, Value Owner::*member, Need need = Need::kOptional,
                                    std::string_view clause = "", std::string_view example = "")
{
    return {name, member, need, clause, example};
}
template <class Owner, class Value>
constexpr Field<Owner, Value> field(std::string_view name, Value Owner::*member, std::string_view clause)
{
    return {name, member, Need::kOptional, clause, ""};
}

/// Specialized for each struct of config.h, in config.cc.
template <class T>
inline constexpr std::tuple<> kFields{};

inline constexpr std::string_view kAnArray = "an array";

/// Where the reader is: one step below another place.  On the stack, so that a pointer is spelled out
/// only for what is wrong.
struct Place {
    const Place *around = nullptr;
    std::string_view name;  ///< of a member
    std::size_t index = 0;  ///< of an element
    bool is_element = false;

    std::string pointer() const;
};

/// Where the reading of a text notes what it finds.
struct Notes {
    Findings &findings;
    Findings *unknown;        ///< for properties that the spec does not know; nullptr: nobody asks
    std::string_view clause;  ///< of the property being read, see Field
    const Place *place = nullptr;

    Notes at(const Place &inner, std::string_view inner_clause) const
    {
        return {findings, unknown, inner_clause, &inner};
    }
    std::string pointer() const { return place == nullptr ? "" : place->pointer(); }

    void wrong_kind(json::Node node, std::string_view expected) const;
    void not_a_word(json::Node node, std::span<const std::string_view> expected) const;
    void missing(std::string_view name, std::string_view its_clause, std::string_view example) const;
    void unknown_property(std::string_view name, std::span<const std::string_view> known) const;
};

void read(const Notes &notes, json::Node node, bool &out);
void read(const Notes &notes, json::Node node, std::string &out);
void read(const Notes &notes, json::Node node, NumberList &out);
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
    notes.not_a_word(node, words_in(words<E>()));
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
        notes.wrong_kind(node, kAnArray);
        return;
    }
    out.reserve(node.size());
    Place place{.around = notes.place, .is_element = true};
    for (const json::Member element : node.children()) {
        if (notes.findings.enough()) {
            return;
        }
        read(notes.at(place, notes.clause), element.value, out.emplace_back());
        ++place.index;
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
        if (notes.findings.enough()) {
            return;
        }
        const Place place{.around = notes.place, .name = m.name};
        read(notes.at(place, notes.clause), m.value, out[std::string(m.name)]);
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
        const Place place{.around = notes.place, .name = m.name};
        read(notes.at(place, row.clause), m.value, out.*row.member);
    }
    return true;
}

template <class T, class Value>
void check_need(const Notes &notes, json::Node node, const Field<T, Value> &row)
{
    if (row.need == Need::kRequired && !node.member(row.name)) {
        notes.missing(row.name, row.clause, row.example);
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
                    notes.unknown_property(m.name, std::array{row.name...});
                }
            }
            (check_need(notes, node, row), ...);
        },
        kFields<T>);
}

}  // namespace rt::oci
