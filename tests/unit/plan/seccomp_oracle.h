// SPDX-License-Identifier: Apache-2.0
//
// libseccomp as the oracle: what it makes of a profile, number by number.  The one deliberate difference,
// ENOSYS for what is newer than the profile, is a rule here and not an exception: see Expectation.
#pragma once

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <memory>

#include <seccomp.h>

#include "oci/config.h"

namespace rt::plan {

inline constexpr std::uint32_t kX32Bit = 0x40000000;

struct Abi {
    const char *word;
    std::uint32_t token, audit, first;
    bool narrow;
};
inline constexpr Abi kAbis[] = {
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 0, false},
    {"SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386, 0, true},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, kX32Bit, true},
};
inline constexpr std::uint32_t kNumbersLookedAt = 560;

/// Next to x86_64, x32 may have that fault in the middle, so normally each ABI has a filter of its own.
enum class Filters : std::uint8_t { kPerAbi, kOneForAll };

/// SeccompNewerSyscallsEnosys: above the newest call named, a default that denies becomes ENOSYS; all else
/// is as libseccomp has it.  `of` has to outlive it.
class Expectation {
public:
    Expectation(const oci::Seccomp &of, Filters filters);
    ~Expectation();
    std::uint32_t operator()(const seccomp_data &data) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace rt::plan
