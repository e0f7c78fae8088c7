// SPDX-License-Identifier: Apache-2.0
#include "container/processes.h"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::container {
namespace {

/// st_ino of the pid namespace; of another user's process nothing can be said.
Result<ino_t> pid_namespace(FdRef procfs, pid_t pid)
{
    TRY_LET(info, kernel::fstatat(procfs, str(pid, "/ns/pid"), 0));
    return info.st_ino;
}

bool is_in(FdRef procfs, pid_t pid, ino_t home)
{
    const auto there = pid_namespace(procfs, pid);
    return there && *there == home;
}

}  // namespace

Result<std::optional<kernel::ProcessStat>> look_at(FdRef procfs, const ProcessId &process)
{
    using Seen = std::optional<kernel::ProcessStat>;
    if (process.pid == 0) {
        return Seen();
    }
    auto found = kernel::process_stat(procfs, process.pid);
    if (!found && found.error().err() == ESRCH) {
        return Seen();
    }
    TRY_LET(stat, std::move(found));
    // A first thread that ended is a zombie as long as others run.
    const bool ended = stat.state == 'X' || (stat.state == 'Z' && stat.threads < 2);
    return stat.start == process.start && !ended ? Seen(stat) : Seen();
}

Result<bool> alive(FdRef procfs, const ProcessId &process)
{
    TRY_LET(seen, look_at(procfs, process));
    return seen.has_value();
}

Result<ProcessId> identify(FdRef procfs, pid_t pid)
{
    TRY_LET(stat, kernel::process_stat(procfs, pid));
    return ProcessId{pid, stat.start};
}

Result<Fd> open_number(const ProcessId &process)
{
    if (process.pid == 0) {
        return Fd();
    }
    auto pidfd = kernel::pidfd_open(process.pid);
    if (!pidfd && (pidfd.error().err() == ESRCH || pidfd.error().err() == EINVAL)) {
        return Fd();
    }
    return pidfd;
}

Result<Fd> open_process(FdRef procfs, const ProcessId &process)
{
    TRY_LET(opened, open_number(process));
    if (!opened.open()) {
        return opened;
    }
    TRY_LET(there, alive(procfs, process));
    if (!there) {
        return Fd();
    }
    return opened;
}

Result<bool> signal_process(FdRef procfs, const ProcessId &process, int signal)
{
    TRY_LET(pidfd, open_process(procfs, process));
    if (!pidfd.open()) {
        return false;
    }
    Status sent = kernel::pidfd_send_signal(pidfd, signal);
    if (!sent && sent.error().err() == ESRCH) {
        return false;
    }
    TRY(std::move(sent));
    return true;
}

// spec: RootlessProcesses
Result<std::vector<pid_t>> without_cgroup(FdRef procfs, const Record &record)
{
    std::vector<pid_t> pids;
    TRY_LET(there, alive(procfs, record.init));
    if (!there) {
        return pids;
    }
    if (!record.own_pid_namespace) {
        pids.push_back(record.init.pid);
        return pids;
    }
    TRY_LET(home, pid_namespace(procfs, record.init.pid));
    TRY_LET(entries, kernel::list_at(procfs, "."));
    for (const kernel::DirEntry &entry : entries) {
        pid_t pid = 0;
        const char *first = entry.name.data(), *last = first + entry.name.size();
        const auto [end, error] = std::from_chars(first, last, pid);
        if (error == std::errc() && end == last && is_in(procfs, pid, home)) {
            pids.push_back(pid);
        }
    }
    std::ranges::sort(pids);
    return pids;
}

Status signal_without_cgroup(FdRef procfs, const Record &record, int signal)
{
    TRY_LET(pids, without_cgroup(procfs, record));
    const auto home = pid_namespace(procfs, record.init.pid);
    for (const pid_t pid : pids) {
        const auto process = identify(procfs, pid);
        if (process && home && is_in(procfs, pid, *home)) {  // still, and so it is the one that is identified
            TRY(signal_process(procfs, *process, signal));
        }
    }
    return {};
}

}  // namespace rt::container
