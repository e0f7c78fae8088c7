// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cgroup/systemd.h"
#include "plan/cgroup.h"

namespace rt::cgroup {

/// The limits of an update for the container's unit: systemd would write its own again when it is reloaded.
/// Without a unit nothing happens.
class UnitUpdate {
public:
    /// Asks for what planning has to know, and notes the limits as they are.
    static Result<UnitUpdate> look(const std::optional<UnitRecord> &unit, const plan::CgroupPlan &plan,
                                   const plan::CgroupHost &host);

    Status set_limits(const plan::CgroupPlan &plan, const plan::CgroupHost &host);
    Status set_devices(const plan::CgroupPlan &plan);
    /// The limits that look() found.
    void put_back();

private:
    Status set(const std::vector<plan::Property> &properties);

    std::string unit_;
    std::optional<SystemdManager> manager_;
    plan::Systemd systemd_;
    std::vector<plan::Property> before_;
};

}  // namespace rt::cgroup
