// SPDX-License-Identifier: Apache-2.0
#include "host/id_ranges.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/str.h"
#include "host/program.h"
#include "kernel/calls_fs.h"

namespace rt::host {
namespace {

constexpr std::uint32_t kLastId = 0xFFFF'FFFE;  // -1 is nobody
constexpr std::size_t kMostMappings = 340;      // Linux 4.15, user_namespaces(7)

/// Up to the next `separator`, which goes too.
std::string_view take(std::string_view &text, char separator)
{
    const std::string_view part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
}

std::optional<std::uint32_t> number(std::string_view text)
{
    std::uint32_t value = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
    return wrong == std::errc() && end == text.data() + text.size() && value <= kLastId ? std::optional(value)
                                                                                        : std::nullopt;
}

struct Lent {
    std::string_view owner;
    IdRange range;  ///< of no ids where the line makes no sense
};

/// Of the next line of subuid(5) or subgid(5).
Lent next_lent(std::string_view &subid)
{
    std::string_view line = take(subid, '\n');
    const std::string_view owner = take(line, ':');
    const auto first = number(take(line, ':'));
    const auto count = number(line);
    const bool sense = first && count && *count > 0 && *count - 1 <= kLastId - *first;
    return {owner, sense ? IdRange{*first, *count} : IdRange()};
}

/// Of columns with blanks between them; 0 where there is none.
std::uint64_t next_number(std::string_view &line)
{
    std::uint64_t value = 0;
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(' ')));
    const std::string_view column = take(line, ' ');
    std::from_chars(column.data(), column.data() + column.size(), value);
    return value;
}

std::string text_of(const char *file)
{
    constexpr std::size_t kMost = 1 << 24;
    auto text = kernel::read_file(kernel::kCwd, file, kMost);
    return text ? std::move(text).take() : std::string();
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

std::vector<IdRange> ranges_of(std::string_view subid, std::string_view name, uid_t uid)
{
    std::vector<IdRange> ranges;
    while (!subid.empty()) {
        const Lent lent = next_lent(subid);
        const bool ours = lent.owner == str(uid) || (!name.empty() && lent.owner == name);
        if (ours && lent.range.count > 0) {
            ranges.push_back(lent.range);
        }
    }
    return ranges;
}

std::uint32_t first_unlent(std::string_view subid)
{
    std::uint32_t first = 100'000;  // SUB_UID_MIN of login.defs(5)
    while (!subid.empty()) {
        const IdRange range = next_lent(subid).range;
        const std::uint64_t end = std::uint64_t{range.first} + range.count;
        first = std::max(first, static_cast<std::uint32_t>(std::min<std::uint64_t>(end, kLastId)));
    }
    return first;
}

std::optional<oci::IdMapping> first_unmapped(std::string_view map,
                                             const std::vector<oci::IdMapping> &mappings)
{
    const auto is_mapped = [&](const oci::IdMapping &mapping) {
        for (std::string_view rest = map; !rest.empty();) {
            std::string_view line = take(rest, '\n');
            const std::uint64_t first = next_number(line);
            (void)next_number(line);
            const std::uint64_t end = first + next_number(line);
            if (mapping.host_id >= first && std::uint64_t{mapping.host_id} + mapping.size <= end) {
                return true;
            }
        }
        return false;
    };
    const auto found = std::ranges::find_if_not(mappings, is_mapped);
    return found == mappings.end() ? std::nullopt : std::optional(*found);
}

bool is_group(std::uint32_t gid)
{
    const std::string map = text_of("/proc/self/gid_map");
    return map.empty() || !first_unmapped(map, {{0, gid, 1}});
}

std::vector<oci::IdMapping> root_and(std::uint32_t own, const std::vector<IdRange> &ranges)
{
    std::vector<oci::IdMapping> out{{0, own, 1}};
    std::uint32_t next = 1;
    for (const IdRange &range : ranges) {
        if (out.size() == kMostMappings || range.count > kLastId - next) {
            break;
        }
        out.push_back({next, range.first, range.count});
        next += range.count;
    }
    return out;
}

IdMaps our_maps()
{
    const uid_t uid = ::geteuid();
    const std::string name = user_name(text_of("/etc/passwd"), uid);
    const auto uids = ranges_of(text_of("/etc/subuid"), name, uid);
    const auto gids = ranges_of(text_of("/etc/subgid"), name, uid);
    const bool lent =
        !uids.empty() && !gids.empty() && find_program("newuidmap") && find_program("newgidmap");
    IdMaps out;
    out.uids = root_and(uid, lent ? uids : std::vector<IdRange>());
    out.gids = root_and(::getegid(), lent ? gids : std::vector<IdRange>());
    out.uid_helper = out.gid_helper = lent;
    out.deny_setgroups = !lent;
    return out;
}

}  // namespace rt::host
