// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include "base/str.h"
#include "cgroup/frozen.h"
#include "container/container.h"
#include "container/launch.h"
#include "container/processes.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "oci/load.h"

namespace rt::container {
namespace {

/// The init stage from its memfd, or from the nameless file that stands in for one.
bool is_init(const std::string &exe)
{
    return exe == kInitExe || (exe.ends_with(" (deleted)") && exe.find("/#") != std::string::npos);
}

/// `start` may have been killed, or may not have come to writing the record yet.
oci::Status created_or_running(FdRef procfs, pid_t pid)
{
    auto exe = kernel::readlinkat(procfs, str(pid, "/exe"));
    return !exe || is_init(*exe) ? oci::Status::kCreated : oci::Status::kRunning;
}

}  // namespace

// spec: QueryStateImplement, StateStatus, StateNewStatus, KillKeepsStatus, StatePaused
Result<Condition> condition_of(FdRef procfs, const Record &record)
{
    TRY_LET(init, look_at(procfs, record.init));
    if (record.phase == Phase::kCreating) {
        TRY_LET(creator, alive(procfs, record.creator));
        return Condition{init || creator ? oci::Status::kCreating : oci::Status::kStopped};
    }
    if (!init) {
        return Condition{oci::Status::kStopped};
    }
    TRY_LET(frozen, cgroup::frozen(record.cgroup, init->state));
    if (frozen == cgroup::Frozen::kByItself) {
        return Condition{oci::Status::kPaused, frozen};
    }
    const bool created = record.phase == Phase::kCreated;
    return Condition{created ? created_or_running(procfs, record.init.pid) : oci::Status::kRunning, frozen};
}

Result<oci::Status> status_of(FdRef procfs, const Record &record)
{
    TRY_LET(condition, condition_of(procfs, record));
    return condition.status;
}

oci::State state_of(const Record &record, oci::Status status)
{
    oci::State state;
    state.oci_version = record.oci_version;
    state.id = record.id;
    state.status = status;
    state.pid = status == oci::Status::kStopped ? 0 : record.init.pid;
    state.bundle = record.bundle;
    state.rootfs = record.rootfs;
    state.created = record.created;
    state.annotations = record.annotations;
    return state;
}

Result<Found> look_up(const std::string &root, const oci::ContainerId &id, Lock lock)
{
    auto opened = StateRoot::open(root, false);
    if (!opened && opened.error().err() == ENOENT) {
        return does_not_exist(id.text());
    }
    TRY_LET(state_root, std::move(opened));
    TRY_LET(home, lock == Lock::kNone ? state_root.find(id) : state_root.find_locked(id));
    auto record = read_record(home.dir());
    if (!record && record.error().err() == ENOENT && lock == Lock::kNone) {
        return look_up(root, id, Lock::kExclusive);  // it is being made or removed: hear how that ends
    }
    if (!record) {
        const std::string what = str("reading the record of container \"", id.text(), "\"");
        return std::move(record).error().context(what).hint("delete --force removes what is left of it");
    }
    return Found{std::move(state_root), std::move(home), std::move(record).take()};
}

Result<oci::State> state(const std::string &root, const oci::ContainerId &id)
{
    TRY_LET(found, look_up(root, id, Lock::kNone));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(status, status_of(procfs, found.record));
    return state_of(found.record, status);
}

}  // namespace rt::container
