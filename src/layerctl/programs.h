// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace rt::layerctl {

/// The path of the program of this name: the first in PATH's directories that may be executed, those that are
/// no absolute paths left out.
std::optional<std::string> in_path(const std::string &name);

}  // namespace rt::layerctl
