// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rt::plan {

/// A system call ABI this kernel can be entered through.
struct SeccompArch {
    std::string_view word;  ///< "SCMP_ARCH_X86_64"
    std::uint32_t token;    ///< libseccomp's SCMP_ARCH_*
    std::uint32_t audit;    ///< seccomp_data.arch; x86_64 and x32 have it in common
    std::uint32_t first;    ///< number 0 of its table
    std::uint32_t last;     ///< largest number that can be its own
    bool narrow;            ///< 32-bit arguments: the upper words are not looked at
    bool multiplexed;       ///< has socketcall(2) and ipc(2)
};

/// The ABIs of the machine this was built for, the native one first.
std::span<const SeccompArch> native_seccomp_arches();

/// Is `word` one of the spec's SCMP_ARCH_*?
bool is_seccomp_arch(std::string_view word);

/// socketcall(2) or ipc(2), and the value of argument 0 that means the call asked for.
struct Multiplexed {
    std::uint32_t number;
    std::uint32_t call;
};

/// Where a system call is found in one ABI; neither member when the ABI does not have it.
struct SyscallNumbers {
    std::optional<std::uint32_t> direct;
    std::optional<Multiplexed> multiplexed;
    bool known = true;  ///< a system call of some architecture
};

SyscallNumbers resolve_syscall(const SeccompArch &arch, const std::string &name);

}  // namespace rt::plan
