// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "container/record.h"
#include "kernel/calls_process.h"

namespace rt::container {

/// The process is there, with a thread that is no zombie.  An error is one of ours (EMFILE), not the
/// process's: who takes it for an end would end a container that lives.
Result<bool> alive(FdRef procfs, const ProcessId &process);
/// What /proc says of a process that is alive() so; nothing of any other.
Result<std::optional<kernel::ProcessStat>> look_at(FdRef procfs, const ProcessId &process);

/// The process that has the number `pid` now.
Result<ProcessId> identify(FdRef procfs, pid_t pid);

/// The pidfd of whoever has its number now; not open when nobody has.  It is the process's if that is alive()
/// afterwards.
Result<Fd> open_number(const ProcessId &process);

/// Its pidfd; not open when it has ended.  The start time is compared after the pidfd is there, so
/// the number can't have changed hands.
Result<Fd> open_process(FdRef procfs, const ProcessId &process);

/// Sends `signal`; false: it has ended.
Result<bool> signal_process(FdRef procfs, const ProcessId &process, int signal);

/// The processes of a container that has no cgroup, sorted: those in the pid namespace of its first process,
/// and that alone where the namespace is not its own.
Result<std::vector<pid_t>> without_cgroup(FdRef procfs, const Record &record);

/// Sends `signal` to each of them.
Status signal_without_cgroup(FdRef procfs, const Record &record, int signal);

}  // namespace rt::container
