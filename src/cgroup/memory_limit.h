// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cgroup/cgroup.h"

namespace rt::cgroup {

/// What stands above the memory of a container.
struct MemoryLimit {
    std::string file;  ///< "memory.max", "memory.limit_in_bytes"
    std::uint64_t bytes = 0;
    std::uint64_t kills = 0;  ///< processes killed for it since the cgroup was made
};

/// Nothing where there is no limit, or no memory controller.
std::optional<MemoryLimit> memory_limit(const CgroupRecord &record);

/// Whether nothing of the cgroup is there any more, as when systemd has seen its last process end.
bool removed(const CgroupRecord &record);

}  // namespace rt::cgroup
