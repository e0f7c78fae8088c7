// SPDX-License-Identifier: Apache-2.0
#include "machine/id_ranges.h"

#include <algorithm>
#include <charconv>

#include "base/str.h"

namespace rt::machine {
namespace {

/// Up to the next `separator`, which goes too.
std::string_view take(std::string_view &text, char separator)
{
    const std::string_view part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
}

}  // namespace

std::string user_name(std::string_view passwd, uid_t uid)
{
    while (!passwd.empty()) {
        std::string_view line = take(passwd, '\n');
        const std::string_view name = take(line, ':');
        take(line, ':');
        if (take(line, ':') == str(uid)) {
            return std::string(name);
        }
    }
    return "";
}

IdRanges ranges_of(std::string_view subid, std::string_view name, uid_t uid)
{
    IdRanges ranges;
    while (!subid.empty()) {
        std::string_view line = take(subid, '\n');
        const std::string_view owner = take(line, ':');
        const std::string_view range = line, first = take(line, ':');
        std::uint64_t count = 0;
        const bool number = std::from_chars(line.data(), line.data() + line.size(), count).ec == std::errc();
        if (number && !first.empty() && (owner == str(uid) || (!name.empty() && owner == name))) {
            ranges.lines += str(ranges.lines.empty() ? "" : " ", range);
            ranges.count += count;
        }
    }
    return ranges;
}

}  // namespace rt::machine
