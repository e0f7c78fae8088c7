// SPDX-License-Identifier: Apache-2.0
#include "layer/acl.h"

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <vector>

#include "base/json.h"
#include "base/str.h"

namespace rt::layer {
namespace {

constexpr std::uint32_t kNobody = 0xffffffff;
constexpr std::string_view kBlank = " \t";

/// What an entry is of; the second tag when it names nobody.
struct Of {
    std::string_view word, letter;
    std::uint16_t named, nameless;
};
constexpr Of kOf[] = {
    {"user", "u", ACL_USER, ACL_USER_OBJ},
    {"group", "g", ACL_GROUP, ACL_GROUP_OBJ},
    {"mask", "m", 0, ACL_MASK},
    {"other", "o", 0, ACL_OTHER},
};

struct Entry {
    std::uint16_t tag = 0, permissions = 0;
    std::uint32_t id = kNobody;
    bool unknown = false;  ///< somebody by name
};

std::string_view cut(std::string_view &rest, std::string_view ends)
{
    const std::string_view part = rest.substr(0, rest.find_first_of(ends));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    return part;
}

Error wrong(std::string_view entry)
{
    return Error::input(str(json::quote(entry), " is no entry of an access control list"));
}

std::optional<std::uint32_t> number(std::string_view text)
{
    std::uint32_t value = 0;
    const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = err == std::errc() && end == text.data() + text.size() && value != kNobody;
    return whole ? std::optional(value) : std::nullopt;
}

std::optional<std::uint16_t> permissions(std::string_view text)
{
    constexpr std::string_view kLetters = "xwr";
    std::uint16_t out = 0;
    for (const char c : text) {
        const std::size_t bit = kLetters.find(c);
        if (bit == std::string_view::npos && c != '-') {
            return {};
        }
        out = static_cast<std::uint16_t>(out | (bit == std::string_view::npos ? 0 : 1U << bit));
    }
    return text.empty() ? std::nullopt : std::optional(out);
}

/// "user:lisa:rw-:502"; of "mask:rw-" and "other:rw-" the empty name may be missing.
Result<Entry> read_entry(std::string_view text)
{
    std::string_view rest = text;
    const std::string_view word = cut(rest, ":");
    const auto *of =
        std::ranges::find_if(kOf, [&](const Of &o) { return word == o.word || word == o.letter; });
    if (of == std::end(kOf)) {
        return wrong(text);
    }
    const bool short_form = of->named == 0 && rest.find(':') == std::string_view::npos;
    const std::string_view name = short_form ? std::string_view() : cut(rest, ":");
    const auto allowed = permissions(cut(rest, ":"));
    if (!allowed || (of->named == 0 && !name.empty())) {
        return wrong(text);
    }
    if (name.empty()) {
        return Entry{.tag = of->nameless, .permissions = *allowed};
    }
    const auto id = number(rest.empty() ? name : rest);
    return Entry{.tag = of->named, .permissions = *allowed, .id = id.value_or(kNobody), .unknown = !id};
}

std::string in_bytes(const std::vector<Entry> &entries)
{
    std::string out;
    const auto put = [&out](std::uint32_t value, int bytes) {
        for (; bytes > 0; --bytes, value >>= 8) {
            out += static_cast<char>(value);
        }
    };
    put(POSIX_ACL_XATTR_VERSION, 4);
    for (const Entry &entry : entries) {
        put(entry.tag, 2);
        put(entry.permissions, 2);
        put(entry.id, 4);
    }
    return out;
}

std::uint32_t little_endian(std::string_view bytes)
{
    std::uint32_t out = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        out = out << 8 | static_cast<std::uint8_t>(bytes[i]);
    }
    return out;
}

}  // namespace

std::optional<std::string> acl_to_text(std::string_view list)
{
    constexpr std::size_t kHeader = 4, kEntry = 8;
    if (list.size() < kHeader || list.size() % kEntry != kHeader ||
        little_endian(list.substr(0, kHeader)) != POSIX_ACL_XATTR_VERSION) {
        return {};
    }
    std::string out;
    for (std::size_t at = kHeader; at < list.size(); at += kEntry) {
        const std::uint32_t tag = little_endian(list.substr(at, 2));
        const std::uint32_t allowed = little_endian(list.substr(at + 2, 2));
        const auto *of = std::ranges::find_if(
            kOf, [&](const Of &o) { return tag == o.nameless || (tag == o.named && tag != 0); });
        if (of == std::end(kOf)) {
            return {};
        }
        out += str(out.empty() ? "" : ",", of->word, ":");
        out += tag == of->nameless ? std::string() : str(little_endian(list.substr(at + 4, 4)));
        out += str(":", (allowed & ACL_READ) != 0 ? 'r' : '-', (allowed & ACL_WRITE) != 0 ? 'w' : '-',
                   (allowed & ACL_EXECUTE) != 0 ? 'x' : '-');
    }
    return out;
}

Result<std::optional<std::string>> acl_from_text(std::string_view text)
{
    std::vector<Entry> entries;
    bool unknown = false;
    while (!text.empty()) {
        std::string_view line = cut(text, ",\n");
        line = line.substr(0, line.find('#'));  // what is effective
        line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
        line = line.substr(0, line.find_last_not_of(kBlank) + 1);
        if (!line.empty()) {
            TRY_LET(entry, read_entry(line));
            unknown = unknown || entry.unknown;
            entries.push_back(entry);
        }
    }
    // The kernel takes them in this order only.
    std::ranges::stable_sort(entries, {}, [](const Entry &entry) { return std::pair(entry.tag, entry.id); });
    return unknown ? std::optional<std::string>() : in_bytes(entries);
}

}  // namespace rt::layer
