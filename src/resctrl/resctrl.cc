// SPDX-License-Identifier: Apache-2.0
#include "resctrl/resctrl.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/mountinfo.h"
#include "resctrl/fake.h"

namespace rt::resctrl {
namespace {

using Group = plan::ResctrlPlan::Group;

constexpr std::size_t kFileMax = std::size_t{1} << 20;
constexpr mode_t kMode = 0755;

Error refuse(const std::string &what) { return Error::input_at("/linux/intelRdt", what); }

Result<bool> exists(const std::string &path)
{
    auto found = kernel::fstatat(kernel::kCwd, path, AT_SYMLINK_NOFOLLOW);
    if (!found && found.error().err() == ENOENT) {
        return false;
    }
    TRY_LET(info, std::move(found));
    if (!S_ISDIR(info.st_mode)) {
        return refuse(str("\"", path, "\" is no group of resctrl"));
    }
    return true;
}

/// The directory of a group, never through a link.
Result<Fd> open_group(const std::string &path)
{
    return kernel::openat(kernel::kCwd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

/// One line into a file of a group.  The kernel says in a file of its own what it did not like.
Status write_line(const std::string &mount, FdRef dir, const char *file, const std::string &line)
{
    TRY_LET(fd, kernel::openat(dir, file, O_WRONLY | O_APPEND | O_NOFOLLOW));
    auto written = kernel::write(fd, line + '\n');
    if (written) {
        return {};
    }
    auto words = kernel::read_file(kernel::kCwd, mount + "/info/last_cmd_status", kFileMax);
    const std::string said = words ? words->substr(0, words->find('\n')) : "";
    return Error::kernel(written.error().err(), str("write(\"", std::string_view(file), "\", \"", line, "\")",
                                                    said.empty() ? "" : ": ", said))
        .at("/linux/intelRdt");
}

Status remove_group(const std::string &path)
{
    if (!fake_root().empty()) {
        strip_fake(path);
    }
    Status removed = kernel::unlinkat(kernel::kCwd, path, AT_REMOVEDIR);
    return !removed && removed.error().err() == ENOENT ? Status() : std::move(removed);
}

/// The line of `schemata`, as the kernel prints it, about the resource that `line` is about; "" without one.
std::string line_before(std::string_view schemata, const std::string &line)
{
    const std::string resource = line.substr(0, line.find(':') + 1);
    while (!schemata.empty()) {
        std::string_view there = schemata.substr(0, schemata.find('\n'));
        schemata.remove_prefix(std::min(there.size() + 1, schemata.size()));
        there.remove_prefix(std::min(there.find_first_not_of(' '), there.size()));
        if (there.starts_with(resource)) {
            return std::string(there);
        }
    }
    return "";
}

/// The mount point of a line of mountinfo that is of a resctrl; "" for all others.
std::string mount_in(std::string_view line)
{
    return line.find(" - resctrl ") == line.npos ? "" : kernel::mount_point(line);
}

}  // namespace

// spec: IntelRdtNoResctrl
Result<std::string> find_mount()
{
    if (std::string fake = fake_root(); !fake.empty()) {
        return fake;
    }
    TRY_LET(text, kernel::read_file(kernel::kCwd, "/proc/self/mountinfo", kFileMax));
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        if (std::string mount = mount_in(line); !mount.empty()) {
            return mount;
        }
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    return std::string();
}

Status Groups::look()
{
    if (!plan_) {
        return {};
    }
    const std::string group = plan_->group.empty() ? plan_->mount : str(plan_->mount, '/', plan_->group);
    record_.emplace();
    record_->groups.push_back(group);
    if (!plan_->monitor.empty()) {
        const std::string monitor = str(group, "/mon_groups/", plan_->monitor);
        TRY_LET(there, exists(monitor));
        if (there) {
            return refuse(str("the monitoring group \"", monitor, "\" exists already"));
        }
        record_->groups.push_back(monitor);
        record_->remove.push_back(monitor);
    }
    return look_at_group(group);
}

// spec: IntelRdtContainerDir, IntelRdtClosMissing, IntelRdtClosCompare, IntelRdtClosMade, IntelRdtRemoved
// spec: IntelRdtKept
Status Groups::look_at_group(const std::string &group)
{
    TRY_LET(there, exists(group));
    if (there && plan_->asked == Group::kNew) {
        return refuse(str("the group \"", group, "\" exists already"))
            .hint("set closID to use one that exists");
    }
    if (!there && plan_->asked == Group::kPresent) {
        return refuse(
            str("the group \"", group, "\" does not exist, and there is no schema to make it with"));
    }
    if (!there) {
        plan_->asked == Group::kNew ? record_->remove.push_back(group) : void(record_->undo = group);
        return {};
    }
    if (plan_->lines.empty()) {
        return {};
    }
    TRY_LET(dir, open_group(group));
    TRY_LET(schemata, kernel::read_file(dir, "schemata", kFileMax));
    for (const std::string &line : plan_->lines) {
        if (!plan::holds(schemata, line)) {
            return refuse(
                       str("the group \"", group, "\" exists and has another schemata than \"", line, "\""))
                .hint("a closID that exists is used as it is");
        }
    }
    return {};
}

/// What somebody else was faster with is not ours to remove.
Status Groups::make_group(const std::string &path)
{
    Status made = kernel::mkdirat(kernel::kCwd, path, kMode).context("making a group of resctrl");
    if (!made && made.error().err() == EEXIST) {
        std::erase(record_->remove, path);
        record_->undo = record_->undo == path ? "" : record_->undo;
    }
    if (made && !fake_root().empty()) {
        furnish_fake(path);
    }
    return made;
}

// spec: IntelRdtSchemata, IntelRdtMonitoring
Status Groups::make()
{
    if (!record_) {
        return {};
    }
    const std::string group = record_->groups.front();
    const bool ours = record_->undo == group || std::ranges::count(record_->remove, group) != 0;
    if (ours) {
        TRY(make_group(group));
        TRY_LET(dir, open_group(group));
        for (const std::string &line : plan_->lines) {
            TRY(write_line(plan_->mount, dir, "schemata", line).context("limiting a group of resctrl"));
        }
    }
    return record_->groups.size() > 1 ? make_group(std::string(record_->groups.back())) : Status();
}

// spec: CliUpdateResctrl
Result<std::vector<std::string>> update(const ResctrlRecord &record, const std::vector<std::string> &lines)
{
    TRY_LET(mount, find_mount());
    TRY_LET(dir, open_group(record.groups.front()));
    TRY_LET(schemata, kernel::read_file(dir, "schemata", kFileMax));
    std::vector<std::string> before;
    for (const std::string &line : lines) {
        Status written = write_line(mount, dir, "schemata", line);
        if (!written) {
            for (const std::string &old : before) {
                (void)write_line(mount, dir, "schemata", old);
            }
            return std::move(written).error().context("limiting a group of resctrl");
        }
        if (std::string old = line_before(schemata, line); !old.empty()) {
            before.push_back(std::move(old));
        }
    }
    return before;
}

// spec: IntelRdtTasks
Status enter(const std::optional<ResctrlRecord> &record, pid_t pid)
{
    if (!record) {
        return {};
    }
    for (const std::string &group : record->groups) {
        TRY_LET(dir, open_group(group));
        TRY_LET(fd, kernel::openat(dir, "tasks", O_WRONLY | O_APPEND | O_NOFOLLOW));
        TRY(kernel::write_all(fd, str(pid, '\n')).context("entering a group of resctrl"));
    }
    return {};
}

// spec: IntelRdtRemoved, IntelRdtMonitoringRemoved
Status remove(const ResctrlRecord &record)
{
    for (const std::string &group : record.remove) {
        TRY(remove_group(group).context("removing a group of resctrl"));
    }
    return record.undo.empty() ? Status() : remove_group(record.undo).context("removing a group of resctrl");
}

}  // namespace rt::resctrl
