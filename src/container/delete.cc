// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <chrono>

#include "base/str.h"
#include "cgroup/life.h"
#include "container/container.h"
#include "container/hooks.h"
#include "container/processes.h"
#include "criu/session.h"
#include "kernel/calls_process.h"
#include "network/moves.h"
#include "resctrl/resctrl.h"

namespace rt::container {
namespace {

constexpr int kSoonMs = 500, kPatienceMs = 10'000;
constexpr std::chrono::milliseconds kCgroupPatience{10'000};

/// SIGKILL, and its effect awaited: init may be in no cgroup of ours yet.  What is in `cgroup` goes along,
/// and is thawed for that: a frozen process of v1 does not die.
// spec: FrozenAbove
Status end_process(FdRef procfs, const ProcessId &process, const cgroup::CgroupRecord &cgroup)
{
    TRY_LET(pidfd, open_process(procfs, process));
    if (!pidfd.open()) {
        return {};
    }
    (void)kernel::pidfd_send_signal(pidfd, SIGKILL);
    (void)cgroup::kill_all(cgroup, SIGKILL);
    TRY_LET(soon, kernel::wait_ended(pidfd, kSoonMs));
    if (!soon && cgroup::frozen_by_v1_above(cgroup)) {
        return Error::state(str("process ", process.pid, " does not die: ", cgroup::frozen_above(cgroup)))
            .hint("thaw that");
    }
    TRY_LET(ended, kernel::wait_ended(pidfd, kPatienceMs));
    if (!ended) {
        return Error::state(str("process ", process.pid, " does not die")).hint("it may hang in the kernel");
    }
    return {};
}

/// Somebody who changes this container is at it.  A healthy one gets time to finish; then the container
/// is killed under it, which a creator notices and cleans up after; then the creator is killed.
Status lock_by_force(Home &home, FdRef procfs)
{
    TRY_LET(now, home.lock(kPatienceMs));
    if (now) {
        return {};
    }
    auto record = read_record(home.dir());
    if (record) {
        (void)end_process(procfs, record->init, record->cgroup);
        (void)cgroup::kill_all(record->cgroup, SIGKILL);
        TRY_LET(noticed, home.lock(kPatienceMs));
        if (noticed) {
            return {};
        }
        TRY(end_process(procfs, record->creator, {}));
    }
    TRY_LET(last, home.lock(kPatienceMs));
    if (!last) {
        return Error::state(str("another command holds container \"", home.id().text(), "\""));
    }
    return {};
}

// spec: PausedDelete, CliDeleteForce, RecordCrashSafe
Status remove_by_force(const std::string &path, const oci::ContainerId &id)
{
    auto root = StateRoot::open(path, false);
    if (!root && root.error().err() == ENOENT) {
        return {};
    }
    TRY_LET(opened, std::move(root));
    auto home = opened.find(id);
    if (!home && !opened.holds(id.text())) {
        return {};
    }
    // What was not found and is there was made in this very moment; or is no directory, and says so again.
    TRY_LET(found, home ? std::move(home) : opened.find(id));
    TRY_LET(procfs, kernel::open_procfs());
    TRY(lock_by_force(found, procfs));
    TRY_LET(gone, found.gone());
    if (gone) {
        return {};
    }
    TRY_LET(record, salvage_record(found.dir()));
    return destroy(opened, found, record ? &*record : nullptr);
}

}  // namespace

// spec: DeleteNonStopGenError, DeleteNonStopHaveNoEffect, DeleteOnlyCreatedRes
Status remove(const std::string &root, const oci::ContainerId &id, Removal which)
{
    if (which == Removal::kAny) {
        return remove_by_force(root, id);
    }
    TRY_LET(found, look_up(root, id, Lock::kExclusive));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(status, status_of(procfs, found.record));
    const bool created = status == oci::Status::kCreated && which == Removal::kStoppedOrCreated;
    if (status != oci::Status::kStopped && !created) {
        return Error::state(str("cannot delete container \"", id.text(),
                                "\" that is not stopped: ", oci::in_words(status)))
            .hint("kill it, or delete --force");
    }
    return destroy(found.root, found.home, &found.record);
}

namespace {

/// The CRIU of a restore that was killed: it gives up when it wants to tell, and takes along what it has
/// made; past that it soon has let the container go on.  Until then the container is left alone: without it
/// CRIU would wait for ever.
Status end_restorer(FdRef procfs, const Record &record)
{
    if (!record.restorer) {
        return {};
    }
    TRY_LET(pidfd, open_process(procfs, *record.restorer));
    if (!pidfd.open()) {
        return {};
    }
    TRY_LET(init, alive(procfs, record.init));
    const bool in_vain = record.phase == Phase::kRunning && !init;
    TRY_LET(ended, kernel::wait_ended(pidfd, in_vain ? 0 : criu::kPatienceMs));
    if (ended) {
        return {};
    }
    criu::kill_with_group(record.restorer->pid, pidfd);
    return end_process(procfs, *record.restorer, record.cgroup);
}

}  // namespace

// spec: DeleteResImplement, UndoCreateSteps, PoststopHooksInvoke, PoststopTiming
Status destroy(const StateRoot &root, const Home &home, const Record *record)
{
    if (record != nullptr) {
        TRY_LET(procfs, kernel::open_procfs());
        TRY(end_restorer(procfs, *record));
        TRY(end_process(procfs, record->init, record->cgroup));
        if (record->network) {
            network::bring_back(*record->network);
        }
        TRY(cgroup::destroy(record->cgroup, kCgroupPatience));
        if (record->resctrl) {
            TRY(resctrl::remove(*record->resctrl));
        }
        if (record->init.pid != 0) {
            run_all_hooks(record->poststop, "poststop", state_of(*record, oci::Status::kStopped));
        }
    }
    return root.remove(home);
}

Status end(const StateRoot &root, Home &home, const Record &record)
{
    TRY_LET(locked, home.lock(-1));
    TRY_LET(gone, home.gone());
    return locked && !gone ? destroy(root, home, &record) : Status();
}

}  // namespace rt::container
