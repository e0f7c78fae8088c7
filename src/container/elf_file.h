// SPDX-License-Identifier: Apache-2.0
//
// elf(5), as much of it as tells why a program does not run here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace rt::container {

/// An ELF file, of either size and byte order.
struct Elf {
    std::uint64_t machine = 0;  ///< EM_*
    std::string interpreter;    ///< PT_INTERP; "" without one, or where it cannot be read
};
/// Of `file`, whose first bytes are `head`: nothing if they are not those of an ELF file, or not all of its
/// header.
std::optional<Elf> read_elf(FdRef file, std::string_view head);

/// "x86_64" of EM_X86_64, as uname(2) has it; "machine 258" of one we have no name for.
std::string machine_name(std::uint64_t number);

}  // namespace rt::container
