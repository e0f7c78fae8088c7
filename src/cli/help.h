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
/// "2.5.4", of the library in this binary.
std::string libseccomp_version();

}  // namespace rt::cli
