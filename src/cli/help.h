// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/command.h"

namespace rt::cli {

/// `runtime --help`.
std::string help();
/// `runtime COMMAND --help`.
std::string help(const Command &command);
/// `runtime --version`.
std::string version();

}  // namespace rt::cli
