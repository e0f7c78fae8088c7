// SPDX-License-Identifier: Apache-2.0
#include "container/processes.h"

#include <cerrno>

#include "kernel/calls_process.h"

namespace rt::container {

bool alive(FdRef procfs, const ProcessId &process)
{
    if (process.pid == 0) {
        return false;
    }
    auto stat = kernel::process_stat(procfs, process.pid);
    return stat && stat->start == process.start && stat->state != 'Z' && stat->state != 'X';
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
    if (!alive(procfs, process)) {
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
