// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace rt::plan {

/// What seccomp(SECCOMP_SET_MODE_FILTER) takes.
struct SeccompProgram {
    std::vector<sock_filter> instructions;  ///< at most BPF_MAXINSNS
    std::uint32_t flags = 0;                ///< SECCOMP_FILTER_FLAG_*; NEW_LISTENER with SCMP_ACT_NOTIFY
    std::vector<std::string>
        unknown_syscalls;  ///< named by the profile, known on none of its architectures; sorted
};

/// The profile as a program for the native architecture and those the profile lists.  Pure, and the
/// same for the same profile.  Fails on words validate() would have refused and on a profile too large for
/// BPF_MAXINSNS.
Result<SeccompProgram> compile_seccomp(const oci::Seccomp &profile);

}  // namespace rt::plan
