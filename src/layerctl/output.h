// SPDX-License-Identifier: Apache-2.0
//
// What commands print.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "layerctl/command.h"

namespace rt::layerctl {

/// On standard output, with a newline behind it if there is none.
Status print(std::string text);
/// `value` alone; with --json, an object with it as `name`.
Status print_one(const Arguments &arguments, std::string_view name, const std::string &value);

/// Lines of columns, each as wide as its widest cell; cells are printable().
std::string in_columns(std::vector<std::vector<std::string>> lines);

/// "2026-11-22T20:21:12Z", whatever fraction of a second `time` has.
std::string in_seconds(const std::string &time);
/// "1.5 MiB".
std::string in_units(std::uint64_t bytes);
/// The first twelve digits of "sha256:9f86...".
std::string shortened(std::string_view digest);

}  // namespace rt::layerctl
