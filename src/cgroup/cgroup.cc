// SPDX-License-Identifier: Apache-2.0
#include "cgroup/cgroup.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "cgroup/device_filter.h"
#include "cgroup/enable.h"
#include "cgroup/limits.h"
#include "cgroup/ownership.h"
#include "cgroup/tree.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

constexpr mode_t kMode = 0755;

Error unfit(const std::string &path, std::string_view why)
{
    return Error::input_at("/linux/cgroupsPath", str("the cgroup \"", path, "\" exists and ", why))
        .hint("name another cgroup, or empty this one");
}

Result<bool> exists(const std::string &path)
{
    const Status status = kernel::faccessat(kernel::kCwd, path, F_OK);
    if (!status.ok() && status.error().err() != ENOENT) {
        return Error::kernel(status.error().err(), str("looking for the cgroup \"", path, "\""));
    }
    return status.ok();
}

// spec: CgroupsPathUnfit
Status check_fit(const std::string &path)
{
    TRY_LET(pids, processes_below(path));
    if (!pids.empty()) {
        return unfit(path, str("holds ", pids.size(), " process", pids.size() == 1 ? "" : "es", ", such as ",
                               pids.front()));
    }
    TRY_LET(dir, open_dir(path));
    if (!dir.open()) {
        return {};
    }
    TRY_LET(frozen, is_frozen(dir));
    if (frozen) {
        return unfit(path, "is frozen");
    }
    // v1 has neither of the files.
    TRY_LET(reason, why_no_processes(dir));
    if (!reason.empty()) {
        return unfit(path, reason);
    }
    return {};
}

/// Whether systemd makes directories for its units here: v2, and those of v1 that it limits with.
bool systemd_manages(const plan::Hierarchy &hierarchy)
{
    constexpr std::string_view kIts[] = {"cpu",     "cpuacct", "blkio",       "memory",
                                         "devices", "pids",    "name=systemd"};
    return hierarchy.v2 || std::ranges::any_of(hierarchy.controllers, [&](const std::string &controller) {
               return std::ranges::find(kIts, controller) != std::end(kIts);
           });
}

Status make_one(const std::string &path)
{
    Status status = kernel::mkdirat(kernel::kCwd, path, kMode);
    if (!status.ok() && status.error().err() == EEXIST) {
        return {};
    }
    return status;
}

Result<Fd> open_made(const std::string &path)
{
    TRY_LET(dir, open_dir(path));
    if (!dir.open()) {
        return Error::kernel(ENOENT, str("opening the cgroup \"", path, "\""));
    }
    return dir;
}

Result<Fd> open_tasks_of(const std::string &cgroup)
{
    const std::string path = cgroup + "/tasks";
    auto tasks = kernel::openat(kernel::kCwd, path, O_WRONLY | O_NOFOLLOW);
    if (!tasks.ok()) {
        return Error::kernel(tasks.error().err(), str("opening \"", path, "\""));
    }
    return tasks;
}

}  // namespace

Cgroup::Cgroup(const plan::CgroupPlan &plan, const plan::CgroupHost &host) : plan_(plan), host_(host)
{
    for (std::size_t i = 0; i < plan.dirs.size(); ++i) {
        const plan::CgroupDir &dir = plan.dirs[i];
        const plan::Hierarchy &hierarchy = host.hierarchies[dir.hierarchy];
        record_.dirs.push_back(dir.path);
        if (hierarchy.v2) {
            record_.unified = dir.path;
        } else if (std::ranges::find(hierarchy.controllers, "freezer") != hierarchy.controllers.end()) {
            record_.freezer = dir.path;
        }
    }
    if (plan.unit) {
        record_.unit = {plan.unit->name, plan.unit->user};
    }
    record_.devices = plan::device_words(plan.device_rules);
}

Status Cgroup::look()
{
    TRY(look_for_unit());
    for (const plan::CgroupDir &dir : plan_.dirs) {
        TRY(look_at(dir));
    }
    return {};
}

Status Cgroup::look_at(const plan::CgroupDir &dir)
{
    TRY_LET(there, exists(dir.path));
    if (there) {
        existed_.push_back(dir.path);
        return check_fit(dir.path);
    }
    const plan::Hierarchy &hierarchy = host_.hierarchies[dir.hierarchy];
    if (hierarchy.v2 || std::ranges::find(hierarchy.controllers, "freezer") != hierarchy.controllers.end()) {
        TRY(check_above(dir.path, hierarchy));
    }
    if (plan_.unit && systemd_manages(hierarchy)) {
        return {};  // the slices are its own
    }
    for (std::string &parent : parents_of(dir.path, hierarchy.mount)) {
        TRY_LET(made, exists(parent));
        if (!made) {
            record_.parents.push_back(std::move(parent));
        }
    }
    return {};
}

/// A unit that is there is somebody else's, and stays out of our record.
Status Cgroup::look_for_unit()
{
    if (!plan_.unit) {
        return {};
    }
    TRY_LET(manager, SystemdManager::connect(plan_.unit->user));
    TRY_LET(state, manager.state_of(plan_.unit->name));
    if (state == UnitState::kActive) {
        record_.unit.reset();
        return Error::input_at("/linux/cgroupsPath",
                               str("the unit \"", plan_.unit->name, "\" of systemd exists and is active"))
            .hint("name another, or stop it");
    }
    systemd_.emplace(std::move(manager));
    return {};
}

// spec: SystemdUnit
Status Cgroup::start_unit()
{
    if (!plan_.unit) {
        return {};
    }
    std::vector<pid_t> pids;
    if (plan_.unit->is_scope()) {
        TRY_LET(placeholder, Placeholder::make());
        placeholder_ = std::move(placeholder);
        pids.push_back(placeholder_.pid());
    }
    bool refused = false;
    if (Status started = systemd_->start(*plan_.unit, pids, refused); !started) {
        if (refused) {
            record_.unit.reset();
        }
        return started;
    }
    const auto its = std::ranges::find_if(plan_.dirs, [this](const plan::CgroupDir &dir) {
        return systemd_manages(host_.hierarchies[dir.hierarchy]);
    });
    std::string path = its == plan_.dirs.end() ? plan_.path : its->path;
    path.resize(path.size() - plan_.unit->subgroup.size());
    TRY_LET(there, exists(path));
    return there ? Status()
                 : Status(Error::state(str("systemd started the unit \"", plan_.unit->name,
                                           "\", and its cgroup is not \"", path, '"')));
}

Status Cgroup::make(const plan::CgroupDir &dir)
{
    constexpr int kTries = 16;  // another container's end may take our parents away
    const std::string &mount = host_.hierarchies[dir.hierarchy].mount;
    const bool existed = plan_.unit || std::ranges::find(existed_, dir.path) != existed_.end();
    Status status = kernel::mkdirat(kernel::kCwd, dir.path, kMode);
    for (int i = 0; i < kTries && !status.ok() && status.error().err() == ENOENT; ++i) {
        for (const std::string &parent : parents_of(dir.path, mount)) {
            const Status made = make_one(parent);
            if (!made.ok() && made.error().err() != ENOENT) {
                return Error::kernel(made.error().err(), str("making the cgroup \"", parent, "\""));
            }
        }
        status = kernel::mkdirat(kernel::kCwd, dir.path, kMode);
    }
    if (!status.ok() && status.error().err() == EEXIST) {
        return existed ? Status() : disown(dir.path);
    }
    if (!status.ok()) {
        return Error::kernel(status.error().err(), str("making the cgroup \"", dir.path, "\""));
    }
    return {};
}

Status Cgroup::disown(const std::string &path)
{
    if (Status fit = check_fit(path); !fit.ok()) {
        std::erase(record_.dirs, path);
        record_.unified = record_.unified == path ? "" : record_.unified;
        record_.freezer = record_.freezer == path ? "" : record_.freezer;
        return fit;
    }
    return {};
}

/// The unit's own cgroup cannot hand controllers on while the process that a scope is made with is in it.
Status Cgroup::make_way(FdRef below)
{
    return placeholder_.pid() > 0 && !plan_.unit->subgroup.empty()
               ? kernel::write_file(below, "cgroup.procs", str(placeholder_.pid()))
               : Status();
}

Result<Birthplace> Cgroup::make_birthplace()
{
    TRY(start_unit());
    if (!plan_.born_in) {
        return Birthplace();
    }
    const plan::CgroupDir &dir = plan_.dirs[*plan_.born_in];
    const std::string &mount = host_.hierarchies[dir.hierarchy].mount;
    TRY(make(dir));
    TRY_LET(opened, open_made(dir.path));
    TRY(make_way(opened));
    TRY(enable_down(opened, dir.path, mount, plan_.enable));
    TRY_LET(ours, kernel::dup(opened));
    born_in_ = std::move(ours);
    return Birthplace{std::move(opened), dir.path, record_.unit};
}

void Cgroup::born()
{
    if (plan_.born_in) {
        placeholder_.end();
    }
}

Result<std::vector<Fd>> Cgroup::make_rest()
{
    std::vector<Fd> tasks;
    if (plan_.unit && !plan_.unit->late.empty()) {
        TRY(systemd_->set(plan_.unit->name, plan_.unit->late));
    }
    if (born_in_.open()) {
        TRY(limit(born_in_, plan_.dirs[*plan_.born_in]));
        TRY(hand_over(born_in_, plan_.dirs[*plan_.born_in].path));
    }
    for (std::size_t i = 0; i < plan_.dirs.size(); ++i) {
        const plan::CgroupDir &dir = plan_.dirs[i];
        if (i == plan_.born_in) {
            continue;
        }
        TRY(make(dir));
        TRY_LET(file, furnish(dir));
        tasks.push_back(std::move(file));
    }
    return tasks;
}

/// The limits of a v1 directory, and its `tasks`; most have no limits, and then that is one call.
Result<Fd> Cgroup::furnish(const plan::CgroupDir &dir)
{
    if (!dir.cpuset && dir.writes.empty()) {
        return open_tasks_of(dir.path);
    }
    TRY_LET(opened, open_made(dir.path));
    if (dir.cpuset) {
        TRY(fill_cpuset(opened, dir.path, host_.hierarchies[dir.hierarchy].mount));
    }
    TRY(limit(opened, dir));
    return open_tasks_of(dir.path);
}

// spec: CgroupsOwnership
Status Cgroup::hand_over(FdRef dir, const std::string &path)
{
    Status given = plan_.owner ? give_to(dir, *plan_.owner, delegated_files()) : Status();
    // The specification leaves it to us, and who may not give files away has no other choice.
    if (!given.ok() && given.error().err() != EPERM) {
        return std::move(given).error().context(str("giving the cgroup \"", path, "\" to its user"));
    }
    return {};
}

Status Cgroup::limit(FdRef dir, const plan::CgroupDir &where)
{
    TRY(cgroup::write_limits(dir, where));
    if (plan_.device_program && host_.hierarchies[where.hierarchy].v2) {
        TRY_LET(filter, load_device_filter(plan_.device_rules));
        TRY(attach_device_filter(dir, where.path, filter));
    }
    return {};
}

Result<std::vector<Fd>> open_tasks(const CgroupRecord &record)
{
    std::vector<Fd> tasks;
    for (const std::string &path : record.dirs) {
        if (path != record.unified) {
            TRY_LET(file, open_tasks_of(path));
            tasks.push_back(std::move(file));
        }
    }
    return tasks;
}

}  // namespace rt::cgroup
