// SPDX-License-Identifier: Apache-2.0
#include "cgroup/unit_update.h"

#include "base/str.h"
#include "cgroup/tree.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

/// A plan that writes what is there now.
plan::CgroupPlan current(const plan::CgroupPlan &plan)
{
    plan::CgroupPlan now;
    for (const plan::CgroupDir &dir : plan.dirs) {
        plan::CgroupDir &copy = now.dirs.emplace_back();
        copy.hierarchy = dir.hierarchy;
        copy.path = dir.path;
        for (const plan::CgroupWrite &write : dir.writes) {
            auto value = read_value(kernel::kCwd, str(dir.path, '/', write.file));
            // Of several lines: of devices, whose order says nothing.
            if (value && !value->empty() && value->find('\n') == std::string::npos) {
                copy.writes.push_back({.file = write.file, .value = std::move(value).take()});
            }
        }
    }
    return now;
}

}  // namespace

Result<UnitUpdate> UnitUpdate::look(const std::optional<UnitRecord> &unit, const plan::CgroupPlan &plan,
                                    const plan::CgroupHost &host)
{
    UnitUpdate update;
    if (unit) {
        TRY_LET(manager, SystemdManager::connect(unit->user));
        TRY_LET(systemd, manager.look());
        update.unit_ = unit->name;
        update.manager_.emplace(std::move(manager));
        update.systemd_ = std::move(systemd);
        update.before_ = plan::unit_limits(current(plan), host, update.systemd_);
    }
    return update;
}

Status UnitUpdate::set(const std::vector<plan::Property> &properties)
{
    return manager_ && !properties.empty() ? manager_->set(unit_, properties) : Status();
}

// spec: SystemdUpdate
Status UnitUpdate::set_limits(const plan::CgroupPlan &plan, const plan::CgroupHost &host)
{
    return manager_ ? set(plan::unit_limits(plan, host, systemd_)) : Status();
}

// spec: SystemdUpdate
Status UnitUpdate::set_devices(const plan::CgroupPlan &plan)
{
    return manager_ ? set(plan::unit_devices(plan.device_rules, plan.device_program)) : Status();
}

void UnitUpdate::put_back() { (void)set(before_); }

}  // namespace rt::cgroup
