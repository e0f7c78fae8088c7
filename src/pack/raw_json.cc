// SPDX-License-Identifier: Apache-2.0
#include "pack/raw_json.h"

#include <algorithm>

#include "base/json.h"
#include "base/str.h"

namespace rt::pack {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

/// Where the value ends that begins at `at`.  The text is sound: that has been found out before.
std::size_t end_of_value(std::string_view text, std::size_t at)
{
    bool quoted = false;
    for (int depth = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (quoted) {
            at += c == '\\' ? 1 : 0;
            quoted = c != '"';
            if (quoted || depth > 0) {
                continue;
            }
            return at + 1;
        }
        quoted = c == '"';
        depth += c == '{' || c == '[' ? 1 : 0;
        const bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',' || kBlank.find(c) != std::string_view::npos)) {
            return at;  // of a number, or a word
        }
        depth -= closes ? 1 : 0;
        if (closes && depth == 0) {
            return at + 1;
        }
    }
    return text.size();
}

/// Behind blanks and what separates values.
std::size_t next_value(std::string_view text, std::size_t at)
{
    return std::min(text.find_first_not_of(" \t\r\n,:", at), text.size());
}

}  // namespace

Result<std::vector<RawMember>> raw_members(std::string_view text, std::string_view what)
{
    TRY_LET(document, json::Document::parse(text, what));
    std::vector<RawMember> out;
    std::size_t at = text.find('{') + 1;
    for (const json::Member member : document.root().children()) {
        at = next_value(text, end_of_value(text, next_value(text, at)));  // behind the name
        const std::size_t end = end_of_value(text, at);
        out.push_back({std::string(member.name), text.substr(at, end - at)});
        at = end;
    }
    return out;
}

Result<std::vector<RawMember>> raw_elements(std::string_view text, std::string_view what)
{
    const std::string wrapped = str("{\"\":", text, "}");  // documents are objects
    TRY_LET(document, json::Document::parse(wrapped, what));
    const auto array = document.root().member("");
    if (!array || !array->is_array()) {
        return Error::input(str(what, " is no array"));
    }
    std::vector<RawMember> out;
    std::size_t at = text.find('[') + 1;
    for (std::size_t i = 0; i < array->size(); ++i) {
        at = next_value(text, at);
        const std::size_t end = end_of_value(text, at);
        out.push_back({"", text.substr(at, end - at)});
        at = end;
    }
    return out;
}

std::string_view raw_value(const std::vector<RawMember> &members, std::string_view name)
{
    const auto found = std::ranges::find(members, name, &RawMember::name);
    return found != members.end() && found->value != "null" ? found->value : std::string_view();
}

Result<std::string> manifest_type(std::string_view manifest)
{
    TRY_LET(members, raw_members(manifest, "manifest"));
    const std::string_view quoted = raw_value(members, "mediaType");
    return quoted.size() > 2 ? std::string(quoted.substr(1, quoted.size() - 2))
                             : std::string("application/vnd.oci.image.manifest.v1+json");
}

// spec: ImageCanonical, ImageDigestsWritten
Result<std::string> replaced(std::string_view text, std::string_view what,
                             const std::vector<Replacement> &replacements)
{
    TRY_LET(members, raw_members(text, what));
    json::Writer out(json::Layout::kCompact);
    out.begin_object();
    for (const RawMember &member : members) {
        const auto other = std::ranges::find(replacements, member.name, &Replacement::name);
        out.name(member.name).raw(other != replacements.end() ? other->value : member.value);
    }
    for (const Replacement &one : replacements) {
        if (std::ranges::find(members, one.name, &RawMember::name) == members.end()) {
            out.name(one.name).raw(one.value);
        }
    }
    out.end_object();
    return std::move(out).take();
}

}  // namespace rt::pack
