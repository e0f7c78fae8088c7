// SPDX-License-Identifier: Apache-2.0
#include "cgroup/update.h"

#include <algorithm>
#include <charconv>

#include "base/str.h"
#include "cgroup/limits.h"
#include "cgroup/tree.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

/// The directories of the record, each in its hierarchy; a hierarchy the container isn't in goes from `host`.
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

/// Two properties that share a meaning with one that was not given: swap is counted with the memory limit,
/// and v2 writes period and quota as one value.
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
}

/// The values that `dir` has where `writes` is going to put others, in the opposite order.
plan::CgroupDir before(const plan::CgroupDir &dir)
{
    plan::CgroupDir old{.hierarchy = dir.hierarchy, .path = dir.path};
    for (auto write = dir.writes.rbegin(); write != dir.writes.rend(); ++write) {
        for (const std::string &file : {write->file, write->instead}) {
            auto value = file.empty() ? Result<std::string>(std::string())
                                      : read_value(kernel::kCwd, str(dir.path, '/', file));
            // Of several lines: a list, or more to read than can be written.
            if (value && !value->empty() && value->find('\n') == std::string::npos) {
                old.writes.push_back({.file = file, .value = *value, .may_be_missing = true, .again = true});
            }
        }
    }
    return old;
}

}  // namespace

// spec: CliUpdate, CliUpdateAtomic, CliUpdateDevices
Status update(const CgroupRecord &record, oci::Resources resources, plan::CgroupHost host)
{
    plan::CgroupPlan plan;
    plan.dirs = dirs_of(record, host);
    complete(resources, plan);
    TRY(plan::plan_limits(resources, host, plan));
    std::vector<plan::CgroupDir> old;
    for (const plan::CgroupDir &dir : plan.dirs) {
        TRY(check_limits(dir));
        old.push_back(before(dir));
    }
    Status status = Cgroup(plan, host).write_limits();
    if (!status.ok()) {
        for (plan::CgroupDir &dir : old) {
            plan::CgroupPlan back;
            back.dirs.push_back(std::move(dir));
            (void)Cgroup(back, host).write_limits();
        }
    }
    return status;
}

}  // namespace rt::cgroup
