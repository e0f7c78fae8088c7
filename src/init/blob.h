// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace rt::init {

/// The init stage as an ELF file, for a sealed memfd and execveat(2).  Its arguments are "runtime:init" and
/// the number of the descriptor of the plan (wire.h); with a third, whatever it is, init waits for kAdopted
/// first. It takes no environment.  Lives as long as the program.
std::span<const unsigned char> init_blob();

}  // namespace rt::init
