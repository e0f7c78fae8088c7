// SPDX-License-Identifier: Apache-2.0
//
// Numbers on the command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace rt::cli {

/// The whole of `text` as a number of an id; `option` is what the error names.
Result<std::uint32_t> number(std::string_view option, std::string_view text);

/// --preserve-fds, within reason.
Result<std::uint32_t> preserved_fds(std::string_view text);

/// A time above 0 as Go writes it: "5s", "1m30s", "1.5h", "20ms", "7us", "9ns".
Result<std::chrono::nanoseconds> duration(std::string_view option, std::string_view text);

}  // namespace rt::cli
