// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "plan/plan_draft.h"

namespace rt::plan {

/// createContainer: paths of the host, in the container's namespaces, before pivot_root.
void run_create_container_hooks(Draft &draft);

/// startContainer: in the container.  `env` is what hooks without one get.
void run_start_container_hooks(Draft &draft, const std::vector<std::string> &env);

}  // namespace rt::plan
