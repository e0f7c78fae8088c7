// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <array>
#include <cstdint>
#include <optional>

#include "base/fd.h"
#include "base/result.h"
#include "cgroup/cgroup.h"

namespace rt::cgroup {

/// Hears of processes of a cgroup that are killed for memory: from memory.oom_control of v1, or memory.events
/// of v2.  Of nothing where there is no memory controller.
///
/// systemd removes a v2 cgroup when its last process has ended, maybe before we have read of the kill.  Its
/// parent counts the kills of all below it and stays: what it has more, then, than when we last read both.
class OomWatch {
public:
    static Result<OomWatch> open(const CgroupRecord &record);

    /// What to poll(2); `fd` is -1 where nothing will come.
    std::array<pollfd, 2> waits() const;
    /// How many were killed since it was asked last.  Whatever poll(2) said; does not wait.
    Result<std::uint64_t> take();

private:
    struct V1 {
        Fd dir, eventfd;
    };
    struct Kills {
        std::optional<std::uint64_t> here;  ///< nothing once the cgroup is removed
        std::uint64_t above = 0;
    };
    struct V2 {
        Fd here, above;  ///< memory.events of the cgroup and of its parent; `above` may not be open
        Kills known;

        Result<Kills> count() const;
        Result<std::uint64_t> take();
    };

    std::optional<V1> v1_;
    std::optional<V2> v2_;

    static Result<std::optional<V1>> open_v1(Fd dir);
    static Result<std::optional<V2>> open_v2(FdRef dir, const CgroupRecord &record);
    static Result<std::uint64_t> take_v1(const V1 &watched);
};

}  // namespace rt::cgroup
