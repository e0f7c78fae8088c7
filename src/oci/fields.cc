// SPDX-License-Identifier: Apache-2.0
#include "oci/fields.h"

#include "base/str.h"
#include "oci/properties.h"

namespace rt::oci {
namespace {

constexpr std::string_view kBool = "true or false";
constexpr std::string_view kString = "a string";
constexpr std::string_view kNumber = "a whole number";

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

/// "a, b, c"
std::string list(std::span<const std::string_view> words)
{
    std::string out;
    for (const std::string_view word : words) {
        out += str(out.empty() ? "" : ", ", word);
    }
    return out;
}

/// The value that is there, as the kind that is expected: "1" for 1, [..] around one entry.
std::string converted(json::Node node, std::string_view expected)
{
    const std::optional<std::string_view> text = node.string();
    if (expected == kString && node.kind() == json::Kind::kInteger) {
        return json::quote(found(node));
    }
    if (expected == kBool && (text == "true" || text == "false")) {
        return std::string(*text);
    }
    if (expected.starts_with(kNumber) && text && text->size() < 20 && !text->empty() &&
        text->find_first_not_of("0123456789") == text->npos && (!text->starts_with('0') || text == "0")) {
        return std::string(*text);
    }
    if (expected == kAnArray && text) {
        return str('[', json::quote(*text), ']');
    }
    return std::string(expected);
}

/// Where a property belongs that is in the wrong object: "below /linux".  "" for one that could be in many
/// places, which is no help, and for one that there is not.
std::string home_of(std::string_view name)
{
    constexpr std::size_t kFew = 2;
    std::vector<std::string> homes;
    for (const Property &property : properties()) {
        if (property.name == name) {
            const std::string_view home =
                std::string_view(property.pointer).substr(0, property.pointer.rfind('/'));
            homes.push_back(home.empty() ? "at the top" : str("below ", home));
        }
    }
    if (homes.empty() || homes.size() > kFew) {
        return "";
    }
    return homes.size() == 1 ? homes[0] : str(homes[0], " or ", homes[1]);
}

/// What is meant by an unknown property: one of this object, or one in the wrong place.
std::string meant_by(std::string_view name, std::span<const std::string_view> known)
{
    if (const std::string home = home_of(name); !home.empty()) {
        return str("add it ", home);
    }
    if (const std::string_view near = nearest(name, known); !near.empty()) {
        return json::quote(near);
    }
    std::vector<std::string_view> all;
    for (const Property &property : properties()) {
        all.push_back(property.name);
    }
    const std::string_view near = nearest(name, all);
    const std::string home = home_of(near);
    return home.empty() ? "" : str(json::quote(near), ", ", home);
}

}  // namespace

std::string Place::pointer() const
{
    std::string out = around == nullptr ? "" : around->pointer();
    out += is_element ? str('/', index) : str('/', json::escape_pointer(name));
    return out;
}

void Notes::wrong_kind(json::Node node, std::string_view expected) const
{
    if (findings.full()) {
        findings.one_more_error();
        return;
    }
    findings.error(pointer(), str("expected ", expected, ", got ", found(node)),
                   {.clause = clause.empty() ? "ValidValues" : clause, .instead = converted(node, expected)});
}

void Notes::not_a_word(json::Node node, std::span<const std::string_view> expected) const
{
    const std::string all = list(expected);
    findings.error(pointer(), str("expected one of ", all, "; got ", found(node)),
                   {.clause = clause.empty() ? "ValidValues" : clause,
                    .instead = nearest_or(node.string().value_or(""), expected, str("one of ", all))});
}

// spec: RequiredProperties
void Notes::missing(std::string_view name, std::string_view its_clause, std::string_view example) const
{
    findings.error(str(pointer(), '/', name), "is required",
                   {.clause = its_clause.empty() ? "RequiredProperties" : its_clause,
                    .instead = example.empty() ? "" : str(json::quote(name), ": ", example)});
}

// spec: ExtensibilityIgnoreUnknownProp
void Notes::unknown_property(std::string_view name, std::span<const std::string_view> known) const
{
    if (unknown != nullptr) {
        unknown->warning(str(pointer(), '/', json::escape_pointer(name)), "unknown property, is ignored",
                         {.clause = "ExtensibilityIgnoreUnknownProp",
                          .instead = unknown->full() ? "" : meant_by(name, known)});
    }
}

void read(const Notes &notes, json::Node node, bool &out)
{
    const std::optional<bool> value = node.boolean();
    if (!value) {
        notes.wrong_kind(node, kBool);
        return;
    }
    out = *value;
}

void read(const Notes &notes, json::Node node, std::string &out)
{
    const std::optional<std::string_view> value = node.string();
    if (!value) {
        notes.wrong_kind(node, kString);
        return;
    }
    out = *value;
}

void read(const Notes &notes, json::Node node, NumberList &out)
{
    const std::optional<std::string_view> text = node.string();
    std::optional<NumberList> value = text ? NumberList::parse(*text) : std::nullopt;
    if (!value) {
        notes.wrong_kind(node, "a list as \"0-3,7\"");
        return;
    }
    out = *std::move(value);
}

void read_signed(const Notes &notes, json::Node node, std::int64_t least, std::int64_t most,
                 std::int64_t &out)
{
    const std::optional<std::int64_t> value = node.int64();
    if (!value || *value < least || *value > most) {
        notes.wrong_kind(node, str(kNumber, " from ", least, " to ", most));
        return;
    }
    out = *value;
}

void read_unsigned(const Notes &notes, json::Node node, std::uint64_t most, std::uint64_t &out)
{
    const std::optional<std::uint64_t> value = node.uint64();
    if (!value || *value > most) {
        notes.wrong_kind(node, str(kNumber, " from 0 to ", most));
        return;
    }
    out = *value;
}

}  // namespace rt::oci
