// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include "base/str.h"
#include "cgroup/life.h"
#include "container/container.h"
#include "container/processes.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

/// In a shared pid namespace the end of init takes nobody along.
// spec: KillAll
bool reaches_all(const Record &record, int signal, bool all)
{
    return all || (signal == SIGKILL && !record.own_pid_namespace);
}

}  // namespace

// spec: KillNonCreateRunGenError, KillNonCreateRunHaveNoEffect, KillSignalImplement
Status kill(const std::string &root, const oci::ContainerId &id, int signal, bool all)
{
    TRY_LET(found, look_up(root, id, Lock::kNone));
    TRY_LET(procfs, kernel::open_procfs());
    if (found.record.phase == Phase::kCreating) {
        return Error::state(str("container not running: \"", id.text(), "\" is still being created"));
    }
    TRY_LET(reached, signal_process(procfs, found.record.init, signal));
    if (!reached && !all) {
        return Error::state(str("container not running: \"", id.text(), "\" has stopped"));
    }
    if (reaches_all(found.record, signal, all)) {
        return cgroup::kill_all(found.record.cgroup, signal);
    }
    return {};
}

}  // namespace rt::container
