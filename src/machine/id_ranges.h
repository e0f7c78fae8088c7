// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rt::machine {

/// The name of `uid` in the text of passwd(5), or "".
std::string user_name(std::string_view passwd, uid_t uid);

struct IdRanges {
    std::string lines;        ///< "100000:65536 300000:1000"
    std::uint64_t count = 0;  ///< ids in all of them
};
/// What subuid(5) or subgid(5) gives the user, by name or by number.
IdRanges ranges_of(std::string_view subid, std::string_view name, uid_t uid);

}  // namespace rt::machine
