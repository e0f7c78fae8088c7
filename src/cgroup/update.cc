// SPDX-License-Identifier: Apache-2.0
#include "cgroup/update.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "base/str.h"
#include "cgroup/device_filter.h"
#include "cgroup/former.h"
#include "cgroup/limits.h"
#include "cgroup/tree.h"
#include "cgroup/unit_update.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

/// The directories of the record, each in its hierarchy; a hierarchy the container isn't in goes from
/// `host`.
std::vector<plan::CgroupDir> dirs_of(const CgroupRecord &record, plan::CgroupHost &host)
{
    std::vector<plan::CgroupDir> dirs;
    std::vector<plan::Hierarchy> known;
    for (plan::Hierarchy &hierarchy : host.hierarchies) {
        const auto at = std::ranges::find_if(record.dirs, [&](const std::string &dir) {
            return dir.starts_with(hierarchy.mount + "/") && (dir == record.unified) == hierarchy.v2;
        });
        if (at != record.dirs.end()) {
            dirs.push_back({.hierarchy = known.size(), .path = *at});
            known.push_back(std::move(hierarchy));
        } else {
            std::string why = str("the container was made without one in \"", hierarchy.mount, '"');
            host.withheld.push_back({std::move(hierarchy), std::move(why), "make it anew"});
        }
    }
    host.hierarchies = std::move(known);
    return dirs;
}

std::string current(const plan::CgroupPlan &plan, const char *file)
{
    for (const plan::CgroupDir &dir : plan.dirs) {
        auto value = read_value(kernel::kCwd, str(dir.path, '/', file));
        if (value && !value->empty()) {
            return *value;
        }
    }
    return "";
}

std::optional<std::int64_t> number(std::string_view text)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() ? std::optional(value) : std::nullopt;
}

/// Two properties that share a meaning with one that was not given: swap is counted with the memory
/// limit, and v2 writes period and quota as one value.
void complete(oci::Resources &resources, const plan::CgroupPlan &plan)
{
    if (resources.memory && resources.memory->swap.value_or(0) > 0 &&
        resources.memory->limit.value_or(0) == 0) {
        const std::string v2 = current(plan, "memory.max");
        resources.memory->limit = number(v2.empty() ? current(plan, "memory.limit_in_bytes") : v2);
    }
    if (resources.cpu && resources.cpu->period.value_or(0) != 0 && resources.cpu->quota.value_or(0) == 0) {
        const auto quota = number(current(plan, "cpu.max"));
        resources.cpu->quota = quota ? quota : resources.cpu->quota;
    }
    if (resources.cpu && resources.cpu->quota.value_or(0) > 0 && resources.cpu->period.value_or(0) == 0) {
        const std::string v2 = current(plan, "cpu.max");
        const std::string period = v2.empty() ? current(plan, "cpu.cfs_period_us")
                                              : v2.substr(std::min(v2.find(' '), v2.size() - 1) + 1);
        const auto length = number(period);
        resources.cpu->period = length ? std::optional(static_cast<std::uint64_t>(*length)) : std::nullopt;
    }
}

/// A directory that is to get new limits, as plan.dirs has them.
struct Target {
    Fd opened;
    Former former;
};

// v1: only what differs from the rules that are there.
// spec: CliUpdateDevices
Status only_new_rules(FdRef opened, const CgroupRecord &record, plan::CgroupDir &dir)
{
    TRY_LET(list, read_value(opened, "devices.list"));
    const auto others = std::ranges::stable_partition(
        dir.writes, [](const plan::CgroupWrite &write) { return write.file.starts_with("devices."); });
    std::vector<plan::CgroupWrite> rules(std::make_move_iterator(dir.writes.begin()),
                                         std::make_move_iterator(others.begin()));
    // systemd has just written the list anew.
    rules = plan::device_changes(list, record.unit ? std::nullopt : record.devices, std::move(rules));
    std::ranges::move(others, std::back_inserter(rules));
    dir.writes = std::move(rules);
    return {};
}

/// All that can be found wrong before the first write.
Result<std::vector<Target>> look_at(const CgroupRecord &record, plan::CgroupPlan &plan)
{
    std::vector<Target> targets;
    for (plan::CgroupDir &dir : plan.dirs) {
        TRY_LET(opened, open_dir(dir.path));
        if (!opened.open()) {
            return Error::kernel(ENOENT, str("opening the cgroup \"", dir.path, "\""));
        }
        TRY(check_limits(dir));
        if (dir.devices) {
            TRY(only_new_rules(opened, record, dir));
        }
        Former former = Former::values(opened, dir);
        targets.push_back({std::move(opened), std::move(former)});
    }
    return targets;
}

/// What a process may be killed for, which is not taken back.
plan::CgroupPlan take_deadly(plan::CgroupPlan &plan)
{
    plan::CgroupPlan deadly;
    for (plan::CgroupDir &dir : plan.dirs) {
        const auto first = std::ranges::stable_partition(dir.writes, [](const plan::CgroupWrite &write) {
                               return write.file != "memory.max";
                           }).begin();
        deadly.dirs.push_back(
            {.hierarchy = dir.hierarchy,
             .path = dir.path,
             .writes = {std::make_move_iterator(first), std::make_move_iterator(dir.writes.end())}});
        dir.writes.erase(first, dir.writes.end());
    }
    return deadly;
}

Status apply(UnitUpdate &unit, const std::vector<Target> &targets, plan::CgroupPlan plan,
             const plan::CgroupHost &host, FdRef filter)
{
    const plan::CgroupPlan deadly = take_deadly(plan);
    for (const plan::CgroupPlan *part : {&std::as_const(plan), &deadly}) {
        TRY(unit.set_limits(*part, host));
        for (std::size_t i = 0; i < targets.size(); ++i) {
            TRY(write_limits(targets[i].opened, part->dirs[i]));
        }
    }
    if (!plan.device_program) {
        return {};
    }
    // Last: it goes wholly or not at all.
    const plan::CgroupDir &dir = plan.dirs[*plan.born_in];
    return attach_device_filter(targets[*plan.born_in].opened, dir.path, filter);
}

}  // namespace

// spec: CliUpdateDevices
std::optional<std::vector<std::string>> new_devices(const CgroupRecord &record,
                                                    const oci::Resources &resources)
{
    auto words = plan::device_words(plan::with_default_devices(resources.devices));
    return words.empty() || words == record.devices ? std::nullopt : std::optional(std::move(words));
}

// spec: CliUpdate, CliUpdateAtomic
Status update(const CgroupRecord &record, oci::Resources resources, plan::CgroupHost host)
{
    if (!new_devices(record, resources)) {
        resources.devices.clear();
    }
    plan::CgroupPlan plan;
    plan.dirs = dirs_of(record, host);
    complete(resources, plan);
    TRY(plan::plan_limits(resources, host, plan));
    TRY_LET(unit, UnitUpdate::look(record.unit, plan, host));
    if (!plan.device_program) {
        TRY(unit.set_devices(plan));  // which writes v1's list: what is ours to write comes behind it
    }
    TRY_LET(targets, look_at(record, plan));
    TRY_LET(filter, plan.device_program ? load_device_filter(plan.device_rules) : Fd());
    Status status = apply(unit, targets, plan, host, filter);
    if (status) {
        return plan.device_program ? unit.set_devices(plan) : Status();
    }
    Error error = std::move(status).error();
    unit.put_back(plan);
    for (auto target = targets.rbegin(); target != targets.rend(); ++target) {
        const Status back = target->former.put_back(target->opened);
        if (!back) {
            error =
                std::move(error).hint(str("and an old value could not be put back: ", back.error().text()));
        }
    }
    return error;
}

}  // namespace rt::cgroup
