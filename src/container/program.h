// SPDX-License-Identifier: Apache-2.0
//
// Why execve(2) did not take a program: what its errno leaves open is in the file.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"
#include "plan/plan.h"

namespace rt::container {

/// A program as it was looked for.
struct Sought {
    FdRef root{-1};                           ///< directory its paths start at; -1: nobody knows
    std::vector<std::string> candidates;      ///< plan::candidates()
    std::string cwd;                          ///< where relative ones start
    std::span<const oci::Mount> mounts = {};  ///< of the container, where `root` does not have them
};

/// As the step `index` of `plan` looks for it.
Sought sought(const plan::Plan &plan, std::size_t index);
/// As the container's first process does.
Sought sought(const oci::Process &process);

/// The root of a process with the mounts on it, also when the process has gone.  Neither is open where we may
/// not look into it: ordinary users, into a waiting init.
struct KeptRoot {
    Fd dir;     ///< /proc/PID/root
    Fd mounts;  ///< /proc/PID/ns/mnt, for which the mounts stay
};
KeptRoot keep_root(FdRef procfs, pid_t pid);

/// `err` of execve(2), or of the look before it, in the words engines look for; the hint is what the files
/// below `sought.root` say.  They are the container's: nothing but regular files is opened, little of them is
/// read, and no link leads out.
Error explain_program(const Sought &sought, std::string_view program, int err);

}  // namespace rt::container
