// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "container/record.h"

namespace rt::container {

/// Who keeps a nested runtime from what the step does: a setting of the machine, a capability that was taken
/// away, a security module, a seccomp filter, a chroot, or what covers /proc or /sys.  `err` is the errno,
/// `call` the number of the system call.  "" where none of them explains it.
std::string who_forbids(const LateStep &step, int err, std::uint32_t call);

}  // namespace rt::container
