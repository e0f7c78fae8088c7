// SPDX-License-Identifier: Apache-2.0
#include "layer/tar_pax.h"

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "base/str.h"
#include "layer/acl.h"
#include "layer/base64.h"

namespace rt::layer {
namespace {

using Value = std::string_view;

template <std::optional<std::string> Pax::*member>
Status text(Pax &pax, Value value)
{
    if (value.find('\0') != Value::npos) {
        return Error::input("holds a zero byte");
    }
    pax.*member = value.empty() ? std::nullopt : std::optional<std::string>(value);
    return {};
}

template <std::optional<std::uint64_t> Pax::*member>
Status number(Pax &pax, Value value)
{
    if (value.empty()) {
        pax.*member = std::nullopt;
        return {};
    }
    TRY_LET(parsed, decimal(value));
    pax.*member = parsed;
    return {};
}

/// Seconds since 1970, with a fraction and a sign maybe.
Status mtime(Pax &pax, Value value)
{
    if (value.empty()) {
        pax.mtime = std::nullopt;
        return {};
    }
    const bool negative = value[0] == '-';
    const Value whole = value.substr(negative ? 1 : 0, value.find('.') - (negative ? 1 : 0));
    const Value fraction = value.find('.') == Value::npos ? Value() : value.substr(value.find('.') + 1);
    TRY_LET(seconds, decimal(whole));
    std::string digits(fraction.substr(0, 9));
    digits.append(9 - digits.size(), '0');
    TRY_LET(nanoseconds, decimal(digits));
    constexpr std::uint64_t kMost = std::uint64_t{1} << 56;
    if (seconds > kMost || fraction.find_first_not_of("0123456789") != Value::npos) {
        return Error::input("is no time");
    }
    timespec time = {static_cast<time_t>(seconds), static_cast<long>(nanoseconds)};
    if (negative) {
        time = {-time.tv_sec - (time.tv_nsec > 0 ? 1 : 0),
                time.tv_nsec > 0 ? 1'000'000'000 - time.tv_nsec : 0};
    }
    pax.mtime = time;
    return {};
}

Status add_extent(Pax &pax, std::uint64_t offset, std::uint64_t length)
{
    if (pax.extents.size() == kMostExtents) {
        return Error::input(str("a file in more than ", kMostExtents, " pieces"));
    }
    pax.extents.push_back({offset, length});
    return {};
}

/// Format 0.0: offset and numbytes take turns.
Status sparse_numbytes(Pax &pax, Value value)
{
    TRY_LET(length, decimal(value));
    if (!pax.sparse_offset) {
        return Error::input("comes without an offset");
    }
    TRY(add_extent(pax, *pax.sparse_offset, length));
    pax.sparse_offset.reset();
    return {};
}

/// Format 0.1: "offset,numbytes,offset,numbytes".
Status sparse_map(Pax &pax, Value value)
{
    pax.extents.clear();
    std::optional<std::uint64_t> offset;
    while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        TRY_LET(parsed, decimal(value.substr(0, comma)));
        value.remove_prefix(std::min(comma + 1, value.size()));
        if (!offset) {
            offset = parsed;
            continue;
        }
        TRY(add_extent(pax, *offset, parsed));
        offset.reset();
    }
    return offset ? Error::input("ends with an offset") : Status();
}

constexpr char kAccess[] = "system.posix_acl_access";
constexpr char kDefault[] = "system.posix_acl_default";

template <const char *name>
Status acl(Pax &pax, Value value)
{
    TRY_LET(list, acl_from_text(value));
    if (list && !value.empty()) {
        pax.xattrs[name] = *list;
    } else {
        pax.xattrs.erase(name);
    }
    return {};
}

Status nothing(Pax & /*pax*/, Value /*value*/) { return {}; }

struct Keyword {
    Value key;
    bool global;  ///< may be said of all files
    Status (*read)(Pax &pax, Value value);
};

// clang-format off
constexpr Keyword kKeywords[] = {
    {"path",                 false, text<&Pax::path>},
    {"linkpath",             false, text<&Pax::linkpath>},
    {"size",                 false, number<&Pax::size>},
    {"uid",                  true,  number<&Pax::uid>},
    {"gid",                  true,  number<&Pax::gid>},
    {"mtime",                true,  mtime},
    {"SCHILY.acl.access",    false, acl<kAccess>},
    {"SCHILY.acl.default",   false, acl<kDefault>},
    {"GNU.sparse.major",     false, number<&Pax::sparse_major>},
    {"GNU.sparse.minor",     false, number<&Pax::sparse_minor>},
    {"GNU.sparse.name",      false, text<&Pax::sparse_name>},
    {"GNU.sparse.realsize",  false, number<&Pax::sparse_real_size>},
    {"GNU.sparse.size",      false, number<&Pax::sparse_real_size>},
    {"GNU.sparse.numblocks", false, nothing},
    {"GNU.sparse.offset",    false, number<&Pax::sparse_offset>},
    {"GNU.sparse.numbytes",  false, sparse_numbytes},
    {"GNU.sparse.map",       false, sparse_map},
};
// clang-format on

/// "%2e" for ".": how libarchive writes names.
Result<std::string> from_url(Value text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = static_cast<std::uint8_t>(text[i]);
        if (text[i] == '%') {
            const char *digits = text.data() + i + 1;
            if (i + 2 >= text.size() || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) {
                return Error::input("has a name with a broken %");
            }
            i += 2;
        }
        out += static_cast<char>(byte);
    }
    return out;
}

constexpr Value kStar = "SCHILY.xattr.";
constexpr Value kLibarchive = "LIBARCHIVE.xattr.";

Status xattr(Pax &pax, Value key, Value value)
{
    std::string name(key.substr(key.starts_with(kStar) ? kStar.size() : 0));
    std::string content(value);
    if (key.starts_with(kLibarchive)) {
        TRY_LET(plain, from_url(key.substr(kLibarchive.size())));
        TRY_LET(decoded, from_base64(value));
        name = std::move(plain);
        content = std::move(decoded);
    }
    if (name.empty() || name.find('\0') != std::string::npos) {
        return Error::input("has no name that can be set");
    }
    pax.xattrs[name] = std::move(content);
    return {};
}

Status read_record(Value key, Value value, PaxScope scope, Pax &out)
{
    const bool is_xattr = key.starts_with(kStar) || key.starts_with(kLibarchive);
    const auto *known = std::ranges::find(kKeywords, key, &Keyword::key);
    const bool is_known = known != std::end(kKeywords);
    if (!is_xattr && !is_known && !key.starts_with("GNU.sparse.")) {
        return {};  // comment, atime, names of owners, what others think of
    }
    if (scope == PaxScope::kGlobal && !(is_known && known->global)) {
        return Error::input("is said of all files that follow");
    }
    if (is_xattr) {
        return xattr(out, key, value);
    }
    if (!is_known) {
        return Error::input("is of no format of sparse files that is known");
    }
    out.sparse = out.sparse || key.starts_with("GNU.sparse.");
    return known->read(out, value);
}

}  // namespace

Result<std::uint64_t> decimal(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (wrong != std::errc() || end != text.data() + text.size() || text.empty()) {
        return Error::input("is no whole number");
    }
    return value;
}

Status read_pax(std::string_view records, PaxScope scope, Pax &out)
{
    while (!records.empty()) {
        const std::size_t blank = records.find(' ');
        const auto length = decimal(records.substr(0, std::min(blank, records.size())));
        if (!length || blank == std::string_view::npos || *length <= blank + 1 || *length > records.size() ||
            records[*length - 1] != '\n') {
            return Error::input("extended header: a record whose length is wrong");
        }
        const std::string_view record = records.substr(blank + 1, *length - blank - 2);
        records.remove_prefix(*length);
        const std::size_t equals = record.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return Error::input("extended header: a record without a keyword");
        }
        const std::string_view key = record.substr(0, equals);
        if (Status read = read_record(key, record.substr(equals + 1), scope, out); !read) {
            constexpr std::size_t kShown = 80;
            return std::move(read).error().context(
                str("extended header: ", json::quote(key.substr(0, kShown))));
        }
    }
    return {};
}

}  // namespace rt::layer
