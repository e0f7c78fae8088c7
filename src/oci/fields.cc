// SPDX-License-Identifier: Apache-2.0
#include "oci/fields.h"

namespace rt::oci {
namespace {

/// What is there instead: its value when that helps.
std::string found(json::Node node)
{
    if (const std::optional<std::int64_t> number = node.int64()) {
        return str(*number);
    }
    if (const std::optional<std::uint64_t> number = node.uint64()) {
        return str(*number);
    }
    if (const std::optional<std::string_view> text = node.string()) {
        return json::quote(*text);
    }
    return std::string(json::in_words(node.kind()));
}

}  // namespace

void Notes::wrong_kind(json::Node node, std::string_view expected) const
{
    findings.error(node.pointer(), str("expected ", expected, ", got ", found(node)));
}

void Notes::not_a_word(json::Node node, std::string_view expected) const
{
    findings.error(node.pointer(), str("expected one of ", expected, "; got ", found(node)));
}

void read(const Notes &notes, json::Node node, bool &out)
{
    const std::optional<bool> value = node.boolean();
    if (!value) {
        notes.wrong_kind(node, "true or false");
        return;
    }
    out = *value;
}

void read(const Notes &notes, json::Node node, std::string &out)
{
    const std::optional<std::string_view> value = node.string();
    if (!value) {
        notes.wrong_kind(node, "a string");
        return;
    }
    out = *value;
}

void read_signed(const Notes &notes, json::Node node, std::int64_t least, std::int64_t most,
                 std::int64_t &out)
{
    const std::optional<std::int64_t> value = node.int64();
    if (!value || *value < least || *value > most) {
        notes.wrong_kind(node, str("a whole number from ", least, " to ", most));
        return;
    }
    out = *value;
}

void read_unsigned(const Notes &notes, json::Node node, std::uint64_t most, std::uint64_t &out)
{
    const std::optional<std::uint64_t> value = node.uint64();
    if (!value || *value > most) {
        notes.wrong_kind(node, str("a whole number from 0 to ", most));
        return;
    }
    out = *value;
}

}  // namespace rt::oci
