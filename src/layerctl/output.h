// SPDX-License-Identifier: Apache-2.0
//
// What commands print.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rt::layerctl {

/// On standard output, with a newline behind it if there is none.
Status print(std::string text);

/// Lines of columns, each as wide as its widest cell; what a terminal would take for an order is '?'.
std::string in_columns(const std::vector<std::vector<std::string>> &lines);

/// "1.5 MiB".
std::string in_units(std::uint64_t bytes);
/// The first twelve digits of "sha256:9f86...".
std::string shortened(std::string_view digest);

}  // namespace rt::layerctl
