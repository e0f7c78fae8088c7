// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace rt::machine {

/// The program of that name along $PATH and the folders for administrators' programs; "" without one.
std::string find_program(const std::string &name);

/// The first line that `path` prints with --version, without its newline; "" where it does not run.
std::string version_of(const std::string &path);

}  // namespace rt::machine
