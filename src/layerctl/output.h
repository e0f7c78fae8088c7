// SPDX-License-Identifier: Apache-2.0
//
// What commands print.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "layerctl/command.h"

namespace rt::layerctl {

/// On standard output, with a newline behind it if there is none.
Status print(std::string text);
/// `value` alone; with --json, an object with it as `name`.
Status print_one(const Arguments &arguments, std::string_view name, const std::string &value);

/// A file `name` in `dir` that is not there yet.
Status write_new(FdRef dir, const std::string &name, std::string_view text, mode_t mode);

/// Lines of columns, each as wide as its widest cell; what a terminal would take for an order is '?'.
std::string in_columns(const std::vector<std::vector<std::string>> &lines);

/// "2026-11-22T20:21:12Z", whatever fraction of a second `time` has.
std::string in_seconds(const std::string &time);
/// "1.5 MiB".
std::string in_units(std::uint64_t bytes);
/// The first twelve digits of "sha256:9f86...".
std::string shortened(std::string_view digest);

}  // namespace rt::layerctl
