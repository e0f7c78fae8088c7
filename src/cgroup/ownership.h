// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::cgroup {

/// The files that change hands with a v2 cgroup, from the kernel's `list` (cgroups(7)); three of them where
/// the kernel has no list.
std::vector<std::string> delegated_files(const std::string &list = "/sys/kernel/cgroup/delegate");

/// Gives the v2 directory `dir` and those of `files` that it has to `owner`; the groups stay.
Status give_to(FdRef dir, uid_t owner, const std::vector<std::string> &files);

}  // namespace rt::cgroup
