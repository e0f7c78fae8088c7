// SPDX-License-Identifier: Apache-2.0
//
// Amounts on the command line: bytes, processors, processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "layerctl/command.h"

namespace rt::layerctl {

/// A size, as options::size_of reads it.  Nothing, when the option is not given.
Result<std::optional<std::uint64_t>> bytes_of(const Arguments &arguments, std::string_view option);

/// A whole number above 0.
Result<std::optional<std::int64_t>> count_of(const Arguments &arguments, std::string_view option);

/// "1.5": processors, as microseconds in each layer::kCpuPeriod; at least the kernel's least, 1000.
Result<std::optional<std::int64_t>> cpu_quota_of(const Arguments &arguments, std::string_view option);

}  // namespace rt::layerctl
