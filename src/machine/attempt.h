// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "machine/finding.h"

namespace rt::machine {

/// Calls `what` in a child of ours: 0 and up is success, below is -errno, as system calls have it.  Gives 0
/// or the errno; a child that a signal ended (a seccomp filter's) counts as EPERM.
int attempt(long (*what)());

/// A user namespace of our own around the child where we lack CAP_SYS_ADMIN, before anything else it does.  0
/// or -errno.
long gain_rights();

/// "no" with who is in the way where gain_rights() fails.
std::optional<Finding> no_rights();

/// The same where nobody may make a user namespace, whatever their capabilities.
std::optional<Finding> no_user_namespace();

/// "no" where /proc is not a procfs, and tells nothing.
std::optional<Finding> no_procfs();

/// unshare(2) of `flags` and of a user namespace in which we are root, with our own ids alone, as a container
/// of an ordinary user has it.  0 or -errno.
long become_root(std::uint64_t flags = 0);

/// "no" with who is in the way where become_root() fails.
std::optional<Finding> no_root();

/// "Operation not permitted"
std::string in_words(int err);

}  // namespace rt::machine
