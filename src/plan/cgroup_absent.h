// SPDX-License-Identifier: Apache-2.0
//
// What is said where a controller, or v2, is not there for the container.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/cgroup.h"

namespace rt::plan {

bool has(const std::vector<std::string> &words, std::string_view word);

/// Whether Linux has a controller of that name in v2; "cgroup" of "cgroup.max.depth" is none.
bool is_v2_controller(std::string_view controller);

/// v2's name of a controller of v1, and the reverse.
std::string_view v2_name(std::string_view controller);
std::string_view v1_name(std::string_view controller);

/// The machine has v2 alone, ours to use or not.
bool machine_unified(const CgroupHost &host);

/// The refusal of the property at `origin`, with where `controller` would have to be, or who keeps it from
/// us.
Error absent(std::string_view controller, const Origin &origin, const CgroupHost &host);

/// `file` of `unified`, where v2 is not all there is, or not ours to use.
Error refuse_unified(std::string_view file, const CgroupHost &host);

}  // namespace rt::plan
