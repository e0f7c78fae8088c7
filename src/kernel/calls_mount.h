// SPDX-License-Identifier: Apache-2.0
//
// System calls about the mount namespace we are in.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace rt::kernel {

/// mount(2) without a type or options: MS_BIND, or a change of propagation.
Status mount(const std::string &source, const std::string &target, unsigned long flags);
/// fchdir(2) and chroot(2): `dir` is our root from now on, and our working directory.
Status chroot(FdRef dir);

}  // namespace rt::kernel
