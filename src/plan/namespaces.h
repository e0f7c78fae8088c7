// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "plan/mounts.h"

namespace rt::plan {

/// The steps that bring init into its namespaces, but the cgroup one (Draft::enter_cgroups), and the
/// parent's part of it: clone flags, joins, id maps; and those of `works` that have to be made on the way.
Status enter_namespaces(Draft &draft, std::vector<MountWork> &works);

/// What is a property of a namespace rather than of its files: host and domain name, sysctls.
void set_kernel_state(Draft &draft);

}  // namespace rt::plan
