// SPDX-License-Identifier: Apache-2.0
#include "cgroup/unit_update.h"

#include <algorithm>
#include <ranges>

#include "base/str.h"
#include "cgroup/former.h"
#include "cgroup/tree.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

/// What systemd writes into the cgroup of a unit.  cpu.idle decides over cpu.weight and comes before it.
constexpr const char *kSystemdWrites[] = {
    "cpu.idle",          "cpu.weight",       "cpu.max",
    "cpuset.cpus",       "cpuset.mems",      "io.bfq.weight",
    "io.weight",         "io.latency",       "io.max",
    "memory.min",        "memory.low",       "memory.high",
    "memory.swap.max",   "memory.zswap.max", "memory.zswap.writeback",
    "memory.oom.group",  "memory.max",       "pids.max",
    "cpu.cfs_period_us", "cpu.cfs_quota_us",
};

/// Two files for one property: who writes one changes the other.
constexpr std::string_view kWeight = "cpu.weight", kIdle = "cpu.idle";

constexpr const char *kCpuWeight = "CPUWeight";
constexpr std::uint64_t kDefaultWeight = 100;

bool names(const plan::CgroupDir &dir, std::string_view file)
{
    return std::ranges::any_of(dir.writes, [&](const plan::CgroupWrite &write) {
        return write.file == file || write.instead == file;
    });
}

bool weighs(const plan::CgroupDir &dir) { return names(dir, kWeight) || names(dir, kIdle); }

/// What `changing` has no value for, of all that systemd writes there.
Former others(FdRef dir, const plan::CgroupDir &changing)
{
    plan::CgroupDir rest{.path = changing.path};
    for (const char *const file : kSystemdWrites | std::views::reverse) {
        const bool weight = file == kWeight || file == kIdle;
        if (weight ? !weighs(changing) : !names(changing, file)) {
            rest.writes.push_back({.file = file});
        }
    }
    return Former::values(dir, rest);
}

/// Whether `plan` takes back the weight that means idle.
bool wakes(const plan::CgroupPlan &plan, const std::vector<plan::Property> &before)
{
    const plan::Property idle{kCpuWeight, dbus::uint64(0)};
    return std::ranges::find(before, idle) != before.end() &&
           std::ranges::any_of(plan.dirs, [](const plan::CgroupDir &dir) { return names(dir, kIdle); });
}

/// A directory whose limits stay.
struct Kept {
    Fd dir;
    Former former;
};

/// A plan that writes what is there now.
plan::CgroupPlan current(const plan::CgroupPlan &plan)
{
    plan::CgroupPlan now;
    for (const plan::CgroupDir &dir : plan.dirs) {
        plan::CgroupDir &copy = now.dirs.emplace_back();
        copy.hierarchy = dir.hierarchy;
        copy.path = dir.path;
        std::vector<std::string> files;
        for (const plan::CgroupWrite &write : dir.writes) {
            files.push_back(write.file);
        }
        if (weighs(dir)) {
            files.insert(files.end(), {std::string(kWeight), std::string(kIdle)});
        }
        for (std::string &file : files) {
            auto value = read_value(kernel::kCwd, str(dir.path, '/', file));
            // Of several lines: of devices, whose order says nothing.
            if (value && !value->empty() && value->find('\n') == std::string::npos) {
                copy.writes.push_back({.file = std::move(file), .value = std::move(value).take()});
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

Status UnitUpdate::set(const std::vector<plan::Property> &properties,
                       const std::vector<plan::CgroupDir> &changing)
{
    if (!manager_ || properties.empty()) {
        return {};
    }
    std::vector<Kept> kept;
    for (const plan::CgroupDir &dir : changing) {
        TRY_LET(opened, open_dir(dir.path));
        if (opened.open()) {
            Former former = others(opened, dir);
            kept.push_back({std::move(opened), std::move(former)});
        }
    }
    Status status = manager_->set(unit_, properties);
    for (const Kept &one : kept) {
        Status back = one.former.put_back_changed(one.dir);
        if (status && !back) {
            status = std::move(back).error().context("putting back what systemd changed");
        }
    }
    return status;
}

// spec: SystemdUpdate
Status UnitUpdate::set_limits(const plan::CgroupPlan &plan, const plan::CgroupHost &host)
{
    if (!manager_) {
        return {};
    }
    std::vector<plan::Property> limits = plan::unit_limits(plan, host, systemd_);
    if (wakes(plan, before_) &&
        std::ranges::find(limits, kCpuWeight, &plan::Property::name) == limits.end()) {
        limits.push_back({kCpuWeight, dbus::uint64(kDefaultWeight)});
    }
    return set(limits, plan.dirs);
}

// spec: SystemdUpdate
Status UnitUpdate::set_devices(const plan::CgroupPlan &plan)
{
    std::vector<plan::CgroupDir> unchanged;
    for (const plan::CgroupDir &dir : plan.dirs) {
        unchanged.push_back({.path = dir.path});
    }
    return set(plan::unit_devices(plan.device_rules, plan.device_program), unchanged);
}

void UnitUpdate::put_back(const plan::CgroupPlan &plan) { (void)set(before_, plan.dirs); }

}  // namespace rt::cgroup
