// SPDX-License-Identifier: Apache-2.0
//
// The way into a container's cgroups for one more process (`exec`).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cgroup/cgroup.h"

namespace rt::cgroup {

/// A cgroup below the container's: "PATH", in every hierarchy, or "CONTROLLER,...:PATH", in those of cgroup
/// v1 with one of the controllers.
struct Below {
    std::vector<std::string> controllers;
    std::string path;  ///< without leading '/'; "": the container's own
};

/// Refuses "..", an empty word and an unknown controller's shape: "cpu,memory:/a/b" is fine.
Result<Below> parse_below(std::string_view text);

struct Entrance {
    Birthplace birthplace;  ///< the v2 one
    bool frozen = false;    ///< a cgroup below the container's is among them, and frozen
    std::vector<Fd> tasks;  ///< of each v1 hierarchy, memory last: who writes "0" into each is in
};

/// Opens them.  A cgroup that the container's processes have made below its own is named by `wanted`; one
/// outside cannot be.  Where the container's v2 cgroup has handed its controllers on and can hold no process
/// any more, it is the one that `init` is in, if that is below it.
Result<Entrance> open_entrance(const CgroupRecord &record, const std::vector<Below> &wanted, FdRef procfs,
                               pid_t init);

}  // namespace rt::cgroup
