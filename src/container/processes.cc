// SPDX-License-Identifier: Apache-2.0
#include "container/processes.h"

#include <cerrno>

#include "kernel/calls_process.h"

namespace rt::container {

Result<bool> alive(FdRef procfs, const ProcessId &process)
{
    if (process.pid == 0) {
        return false;
    }
    auto found = kernel::process_stat(procfs, process.pid);
    if (!found && found.error().err() == ESRCH) {
        return false;
    }
    TRY_LET(stat, std::move(found));
    // A first thread that ended is a zombie as long as others run.
    const bool ended = stat.state == 'X' || (stat.state == 'Z' && stat.threads < 2);
    return stat.start == process.start && !ended;
}

Result<ProcessId> identify(FdRef procfs, pid_t pid)
{
    TRY_LET(stat, kernel::process_stat(procfs, pid));
    return ProcessId{pid, stat.start};
}

Result<Fd> open_process(FdRef procfs, const ProcessId &process)
{
    if (process.pid == 0) {
        return Fd();
    }
    auto pidfd = kernel::pidfd_open(process.pid);
    if (!pidfd && (pidfd.error().err() == ESRCH || pidfd.error().err() == EINVAL)) {
        return Fd();
    }
    TRY_LET(opened, std::move(pidfd));
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

}  // namespace rt::container
