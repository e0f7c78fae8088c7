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
/// With every change it writes all that it knows of the unit's cgroup, and what is not to change is put back.
/// Without a unit nothing happens.
class UnitUpdate {
public:
    /// Asks for what planning has to know, and notes the limits as they are.
    static Result<UnitUpdate> look(const std::optional<UnitRecord> &unit, const plan::CgroupPlan &plan,
                                   const plan::CgroupHost &host);

    Status set_limits(const plan::CgroupPlan &plan, const plan::CgroupHost &host);
    Status set_devices(const plan::CgroupPlan &plan);
    /// The limits that look() found for `plan`.
    void put_back(const plan::CgroupPlan &plan);

private:
    Status set(const std::vector<plan::Property> &properties, const std::vector<plan::CgroupDir> &changing);

    std::string unit_;
    std::optional<SystemdManager> manager_;
    plan::Systemd systemd_;
    std::vector<plan::Property> before_;
};

}  // namespace rt::cgroup
