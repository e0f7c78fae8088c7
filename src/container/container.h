// SPDX-License-Identifier: Apache-2.0
//
// A container as a thing with a life: what each command does with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cgroup/frozen.h"
#include "container/record.h"
#include "container/state_root.h"
#include "oci/container_id.h"
#include "oci/state.h"

namespace rt::container {

/// Whether the container is one of somebody who may not do everything on this machine: --rootless.
enum class Rootless : std::uint8_t {
    kAuto,  ///< unless we are root in the initial user namespace with CAP_SYS_ADMIN
    kYes,   ///< cgroups that can't be made are left out
    kNo,    ///< they are errors
};

/// Who makes the cgroups.
enum class CgroupManager : std::uint8_t {
    kCgroupfs,  ///< we, in the file system
    kSystemd,
    kDisabled,  ///< nobody: there are none
};

/// What `create` and `run` are told.
struct CreateOptions {
    std::string root;  ///< --root
    CgroupManager cgroups = CgroupManager::kCgroupfs;
    std::string id;
    std::string bundle = ".";
    std::string console_socket;
    std::string pid_file;
    std::string pidfd_socket;
    bool no_pivot = false;
    bool no_new_keyring = false;
    std::uint32_t preserve_fds = 0;
    Rootless rootless = Rootless::kAuto;
};

struct RunOptions {
    CreateOptions create;
    bool detach = false;
    bool keep = false;
    bool subreaper = true;
};

/// Makes the container and leaves its init waiting for `start`.  An error leaves nothing behind.
Status create(const CreateOptions &options);
/// create, start, wait, delete.  Gives the exit code: the program's, or 128 + its signal.
Result<int> run(const RunOptions &options);

/// The container `id` of the state root `root`.  Readers take no lock.
Result<oci::State> state(const std::string &root, const oci::ContainerId &id);
/// All of them, sorted by id, with the name of their owner; none where there is no root.
Result<std::vector<oci::State>> list(const std::string &root);
/// Has the init of a created container become its program, which runs when this returns; its poststart hooks
/// have run then.  A startContainer or poststart hook that fails ends the container.
Status start(const std::string &root, const oci::ContainerId &id);
/// Stops all processes of a created or running container; its status is paused then, until resume().
Status pause(const std::string &root, const oci::ContainerId &id);
Status resume(const std::string &root, const oci::ContainerId &id);
/// New limits for a container that has not stopped; what `resources` does not name stays as it is.
/// `schemata`: lines for its group of resctrl.
Status update(const std::string &root, const oci::ContainerId &id, oci::Resources resources,
              const std::vector<std::string> &schemata);
/// Without `signal`: the one its image asks for, else SIGTERM.  `all`: every process of the container, not
/// only its first.
Status kill(const std::string &root, const oci::ContainerId &id, std::optional<int> signal, bool all);
/// Which containers `remove` takes.
enum class Removal : std::uint8_t {
    kStopped,           ///< what the specification allows
    kStoppedOrCreated,  ///< what engines rely on
    kAny,               ///< whatever its state; an unknown id is fine then
};
/// Deletes a container: destroy(), if `which` takes it in its state.
Status remove(const std::string &root, const oci::ContainerId &id, Removal which);

/// A container somebody made before.
struct Found {
    StateRoot root;
    Home home;
    Record record;
};
enum class Lock : std::uint8_t { kNone, kExclusive };
/// `container "x" does not exist` when it does not.  One that is being made or removed is waited for, as a
/// lock is: 10 s.
Result<Found> look_up(const std::string &root, const oci::ContainerId &id, Lock lock);

/// Paused is what was frozen by itself.  What is frozen with a cgroup above it has the status it would have
/// without: whoever paused nothing has nothing to resume.
struct Condition {
    oci::Status status;
    cgroup::Frozen frozen = cgroup::Frozen::kNo;
};
/// What follows from the record and the processes it names.
Result<Condition> condition_of(FdRef procfs, const Record &record);
Result<oci::Status> status_of(FdRef procfs, const Record &record);
/// What `state` prints and hooks read.
oci::State state_of(const Record &record, oci::Status status);

/// The poststart hooks of a container whose program runs.  The first that fails ends the container.  Without
/// the lock meanwhile: it runs, others may end it, and so may the hook.
Status run_poststart(const StateRoot &root, Home &home, const Record &record);

/// Ends what is left of a container and forgets it, from its record alone; `record` is null where that
/// cannot be read.  The home has to be locked.  Every step is fine with finding nothing to do.
Status destroy(const StateRoot &root, const Home &home, const Record *record);
/// The same for a home that is not locked; fine when somebody else was faster.
Status end(const StateRoot &root, Home &home, const Record &record);

}  // namespace rt::container
