// SPDX-License-Identifier: Apache-2.0
//
// The ids that this machine lends to somebody: subuid(5), subgid(5).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/id_maps.h"

namespace rt::host {

/// The name of `uid` in the text of passwd(5), or "".
std::string user_name(std::string_view passwd, uid_t uid);

struct IdRange {
    std::uint32_t first = 0, count = 0;
    bool operator==(const IdRange &) const = default;
};
/// What the text of subuid(5) or subgid(5) gives the user, by name or by number; lines that make no sense
/// give nothing.
std::vector<IdRange> ranges_of(std::string_view subid, std::string_view name, uid_t uid);

/// The first id above 100000 from which on the text of subuid(5) or subgid(5) gives nothing to anybody.
std::uint32_t first_unlent(std::string_view subid);

/// The first of `mappings` whose host ids are not, as one range, in `map`: the text of our own uid_map or
/// gid_map.
std::optional<oci::IdMapping> first_unmapped(std::string_view map,
                                             const std::vector<oci::IdMapping> &mappings);

/// Whether our user namespace has the group; it has where nothing says.
bool is_group(std::uint32_t gid);

/// `own` as 0, and the ranges, in their order, from 1 on.
std::vector<oci::IdMapping> root_and(std::uint32_t own, const std::vector<IdRange> &ranges);

/// The maps by which our user is root, with all the ids that the machine lends them: those of /etc/subuid and
/// /etc/subgid, where there are some and newuidmap(1) and newgidmap(1) are installed; else our own alone.
IdMaps our_maps();

}  // namespace rt::host
