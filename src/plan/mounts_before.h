// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "plan/mounts.h"

namespace rt::plan {

/// Makes, before init leaves for a user namespace of its own, the new mounts that show a namespace it has
/// joined: only who has rights in that one may make them.  make_mounts() puts them where they belong.
/// `in_pid_namespace`: init is in the pid namespace that it joins, and procfs shows it.
void make_before_leaving(Draft &draft, std::vector<MountWork> &works, bool in_pid_namespace);

/// Whether one of them is a procfs.
bool shows_joined_pids(const Draft &draft, const std::vector<MountWork> &works);

}  // namespace rt::plan
