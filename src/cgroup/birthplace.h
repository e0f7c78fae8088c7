// SPDX-License-Identifier: Apache-2.0
//
// The v2 cgroup that a process is born in, or brought into by systemd.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "cgroup/systemd.h"

namespace rt::cgroup {

struct Birthplace {
    Fd dir;                          ///< for CLONE_INTO_CGROUP; not open when there is no v2 hierarchy
    std::string path;                ///< of `dir`
    std::optional<UnitRecord> unit;  ///< the one that it belongs to
    bool frozen = false;             ///< nobody is born there, who would hold up clone3(2) until it thaws

    /// Whether the user's systemd may do what `refusal` of a birth is about.  From a login session's cgroup
    /// the way leads over one that is root's, which only systemd may walk.
    bool is_reached_by_systemd(const Error &refusal) const;

    /// The cgroup below the unit's: "/container"; "" where that is it.
    std::string below_unit() const;

    /// Moves the process, which is of our own user still, there, or has systemd do it.
    Status bring(pid_t pid) const;
};

}  // namespace rt::cgroup
