// SPDX-License-Identifier: Apache-2.0
#include "cgroup/enter.h"

#include <fcntl.h>
#include <linux/openat2.h>

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "cgroup/probe.h"
#include "cgroup/tree.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

constexpr std::size_t kMaxCgroupFile = 64 * 1024;

/// The directory of a v1 hierarchy that has `controller`: "cpu" is in ".../cpu,cpuacct/box" too.
bool has_controller(const plan::CgroupHost &host, const std::string &dir, const std::string &controller)
{
    return std::ranges::any_of(host.hierarchies, [&](const plan::Hierarchy &hierarchy) {
        return !hierarchy.v2 && dir.starts_with(hierarchy.mount + '/') &&
               std::ranges::find(hierarchy.controllers, controller) != hierarchy.controllers.end();
    });
}

/// Opens `path` below the cgroup `dir`: a name, and no way out of it.
// spec: ExecCgroupBelow
Result<Fd> open_below(const std::string &dir, const std::string &path)
{
    TRY_LET(top, open_dir(dir));
    if (!top.open()) {
        return Error::kernel(ENOENT, str("opening the cgroup \"", dir, "\""));
    }
    if (path.empty()) {
        return top;
    }
    open_how how = {};
    how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    auto opened = kernel::openat2(top, path, how);
    return opened ? std::move(opened)
                  : std::move(opened).error().context(str("opening the cgroup \"", dir, '/', path, '"'));
}

Result<Fd> open_tasks_in(FdRef dir, const std::string &path)
{
    auto tasks = kernel::openat(dir, "tasks", O_WRONLY | O_NOFOLLOW);
    return tasks ? std::move(tasks)
                 : std::move(tasks).error().context(str("entering the cgroup \"", path, '"'));
}

/// Below the container's cgroup, which may be frozen by itself.
// spec: ExecFrozenBelow
Status be_born_below(Fd dir, std::string path, Entrance &entrance)
{
    TRY_LET(frozen, is_frozen(dir, true));
    entrance.frozen |= frozen;
    entrance.birthplace.dir = std::move(dir);
    entrance.birthplace.path = std::move(path);
    return {};
}

/// What of `wanted` is for the v1 directory `dir`; the last word wins, as on every command line.
std::string wanted_in(const std::string &dir, const std::vector<Below> &wanted, const plan::CgroupHost &host)
{
    std::string path;
    for (const Below &below : wanted) {
        const bool meant = below.controllers.empty() ||
                           std::ranges::any_of(below.controllers, [&](const std::string &controller) {
                               return has_controller(host, dir, controller);
                           });
        path = meant ? below.path : path;
    }
    return path;
}

Status open_wanted(const CgroupRecord &record, const std::vector<Below> &wanted, Entrance &entrance)
{
    TRY_LET(host, probe());
    for (const std::string &dir : record.dirs) {
        const std::string path = wanted_in(dir, wanted, host);
        TRY_LET(opened, open_below(dir, path));
        if (dir != record.unified) {
            TRY_LET(tasks, open_tasks_in(opened, dir));
            entrance.tasks.push_back(std::move(tasks));
            if (dir == record.freezer && !path.empty()) {
                TRY_LET(frozen, is_frozen(opened, false));
                entrance.frozen |= frozen;
            }
        } else if (!path.empty()) {
            TRY(be_born_below(std::move(opened), str(dir, '/', path), entrance));
        }
    }
    return {};
}

/// The v2 cgroup of `pid`: "/box/inner".
Result<std::string> v2_cgroup_of(FdRef procfs, pid_t pid)
{
    TRY_LET(text, kernel::read_file(procfs, str(pid, "/cgroup"), kMaxCgroupFile));
    const std::size_t at = str('\n', text).find("\n0::");
    if (at == std::string::npos) {
        return std::string();
    }
    const std::string_view rest = std::string_view(text).substr(at + 3);
    return std::string(rest.substr(0, rest.find('\n')));
}

/// Whether the process itself is in `dir`.
Result<bool> holds(FdRef dir, pid_t pid)
{
    auto pids = read_value(dir, "cgroup.procs");
    if (!pids && pids.error().err() == EOPNOTSUPP) {  // a threaded one: no process can be born there
        return false;
    }
    TRY_LET(lines, std::move(pids));
    return str('\n', lines, '\n').find(str('\n', pid, '\n')) != std::string::npos;
}

/// A v2 cgroup that has handed on controllers holds no processes; its own have moved further down.
// spec: ExecCgroupInner
Status follow_init(const std::string &unified, FdRef procfs, pid_t init, Entrance &entrance)
{
    TRY_LET(handed_on, read_value(entrance.birthplace.dir, "cgroup.subtree_control"));
    if (handed_on.empty()) {
        return {};
    }
    TRY_LET(held, holds(entrance.birthplace.dir, init));
    if (held) {
        return {};
    }
    // How much of the path is the container's own, no text says: that hangs on the roots of our cgroup
    // namespace and of the mount.  It is what leads to where `init` is.
    TRY_LET(cgroup, v2_cgroup_of(procfs, init));
    for (std::size_t at = cgroup.rfind('/'); at != std::string::npos;
         at = at == 0 ? std::string::npos : cgroup.rfind('/', at - 1)) {
        auto inner = open_below(unified, cgroup.substr(at + 1));
        TRY_LET(is_there, inner ? holds(*inner, init) : Result<bool>(false));
        if (is_there) {
            return be_born_below(std::move(inner).take(), str(unified, cgroup.substr(at)), entrance);
        }
    }
    return {};
}

}  // namespace

Result<Below> parse_below(std::string_view text)
{
    Below below;
    const std::size_t colon = text.find(':');
    std::string_view list = colon == text.npos ? std::string_view() : text.substr(0, colon);
    std::string_view path = colon == text.npos ? text : text.substr(colon + 1);
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        below.controllers.emplace_back(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    below.path = path;
    const bool leaves = str('/', path, '/').find("/../") != std::string::npos;
    if (leaves || (colon != text.npos && below.controllers.empty())) {
        return Error::input(
            str("--cgroup takes [CONTROLLER,...:]PATH below the container's cgroup, got \"", text, '"'));
    }
    return below;
}

Result<Entrance> open_entrance(const CgroupRecord &record, const std::vector<Below> &wanted, FdRef procfs,
                               pid_t init)
{
    Entrance entrance;
    entrance.birthplace.unit = record.unit;
    if (wanted.empty()) {
        TRY_LET(tasks, open_tasks(record));
        entrance.tasks = std::move(tasks);
    } else {
        TRY(open_wanted(record, wanted, entrance));
    }
    if (record.unified.empty() || entrance.birthplace.dir.open()) {
        return entrance;
    }
    TRY_LET(own, open_below(record.unified, ""));
    entrance.birthplace.dir = std::move(own);
    entrance.birthplace.path = record.unified;
    // Beside v1 hierarchies the v2 one has no controllers to hand on.
    if (entrance.tasks.empty()) {
        TRY(follow_init(record.unified, procfs, init, entrance));
    }
    return entrance;
}

}  // namespace rt::cgroup
