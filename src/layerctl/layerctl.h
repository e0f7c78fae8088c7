// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace rt::layerctl {

/// The whole program: takes argv without the program's name, gives the exit code.  Errors are told here,
/// once.
int main(std::span<char *const> args);

}  // namespace rt::layerctl
