// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include "base/log.h"
#include "base/str.h"
#include "cgroup/life.h"
#include "container/container.h"
#include "container/processes.h"
#include "kernel/calls_process.h"
#include "oci/annotations.h"
#include "oci/names.h"

namespace rt::container {
namespace {

/// In a shared pid namespace the end of init takes nobody along.
// spec: KillAll
bool reaches_all(const Record &record, int signal, bool all)
{
    return all || (signal == SIGKILL && !record.own_pid_namespace);
}

/// What config.json says in the words of the image it was made from.
// spec: AnnotationsStopSignal
Result<int> stop_signal(const Record &record)
{
    const auto asked = record.annotations.find(std::string(oci::kStopSignal));
    if (asked == record.annotations.end()) {
        return SIGTERM;
    }
    const auto number = oci::signal_number(asked->second);
    if (!number) {
        return Error::state(str("annotation org.opencontainers.image.stopSignal: unknown signal \"",
                                asked->second, "\""))
            .hint("name the signal: kill ID TERM");
    }
    return *number;
}

/// What v1 froze doesn't die before it is thawed, and a paused container is to end all the same.
// spec: PausedKill
Status wake_to_die(const cgroup::CgroupRecord &record)
{
    TRY_LET(frozen, cgroup::frozen(record));
    return frozen == cgroup::Frozen::kNo ? Status() : cgroup::thaw(record);
}

/// SIGKILL, and its effect as far as we have a say in it.
// spec: FrozenAbove
Status end(const Record &record, bool all)
{
    TRY(all ? cgroup::kill_all(record.cgroup, SIGKILL) : wake_to_die(record.cgroup));
    if (cgroup::frozen_by_v1_above(record.cgroup)) {
        log::warn(str(cgroup::frozen_above(record.cgroup), ": nothing of it ends before that is thawed"));
    }
    return {};
}

}  // namespace

// spec: KillNonCreateRunGenError, KillNonCreateRunHaveNoEffect, KillSignalImplement
Status kill(const std::string &root, const oci::ContainerId &id, std::optional<int> asked, bool all)
{
    TRY_LET(found, look_up(root, id, Lock::kNone));
    TRY_LET(signal, asked ? Result<int>(*asked) : stop_signal(found.record));
    TRY_LET(procfs, kernel::open_procfs());
    if (found.record.phase == Phase::kCreating) {
        return Error::state(str("container not running: \"", id.text(), "\" is still being created"));
    }
    TRY_LET(reached, signal_process(procfs, found.record.init, signal));
    if (!reached && !all) {
        return Error::state(str("container not running: \"", id.text(), "\" has stopped"));
    }
    if (found.record.cgroup.dirs.empty()) {
        return all ? signal_without_cgroup(procfs, found.record, signal) : Status();
    }
    const bool to_all = reaches_all(found.record, signal, all);
    if (signal == SIGKILL) {
        return end(found.record, to_all);
    }
    return to_all ? cgroup::kill_all(found.record.cgroup, signal) : Status();
}

}  // namespace rt::container
