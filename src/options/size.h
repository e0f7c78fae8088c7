// SPDX-License-Identifier: Apache-2.0
//
// Sizes as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rt::options {

/// The bytes of "1048576", "512m", "1.5g": k, m, g or t, in either case and with b or ib behind it if one
/// likes, is 1024 for each step; up to six digits may follow a point.  None for anything else, and above
/// INT64_MAX.
std::optional<std::int64_t> size_of(std::string_view text);

}  // namespace rt::options
