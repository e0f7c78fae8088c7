// SPDX-License-Identifier: Apache-2.0
//
// What we are going to do, decided before anything is done.  A Plan is a value: the parent's half as
// members, the container's half as a list of steps in the order they will run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/config.h"
#include "plan/cgroup.h"
#include "plan/resctrl.h"
#include "plan/seccomp.h"
#include "plan/step.h"

namespace rt::plan {

/// The security modules that are on; looked at only when somebody asks for one.
struct Lsm {
    bool apparmor = false;
    bool own_directory = false;  ///< of AppArmor: /proc/PID/attr/apparmor, Linux 5.8
    bool selinux = false;
};

/// What planning has to know about the machine; probed once, in container/host.
struct Host {
    CgroupHost cgroups;
    std::optional<Systemd> systemd;  ///< who makes the cgroups; nobody: we do, in the file system
    std::string resctrl;  ///< where it is mounted, "" when not; looked for only with linux.intelRdt
    int last_capability = 40;
    std::uint64_t capabilities = ~std::uint64_t{0};  ///< what the runtime itself may (permitted set)
    /// Effective uid 0 in the initial user namespace, with CAP_SYS_ADMIN: nobody else enters namespaces of
    /// others, limits devices, or makes cgroups wherever they like.
    bool privileged = true;
    std::uint32_t uid = 0, gid = 0;  ///< effective, as our own user namespace counts them
    bool proc_takes_pidns =
        false;  ///< procfs of any pid namespace (Linux 6.18); looked at when one is joined
    Lsm lsm;
    bool mount_setattr = true;  ///< Linux 5.12
};

/// What the command line adds to the bundle.
struct Request {
    std::string id;
    std::string bundle;  ///< absolute
    bool parks = true;   ///< create: wait for `start`; run: go on
    bool no_pivot = false;
    std::string keyring;  ///< the name of the session keyring that is made; "": the caller's is kept
    std::uint32_t preserve_fds = 0;
    std::uint32_t listen_fds = 0;            ///< LISTEN_FDS of our own environment
    std::vector<std::string> environment;    ///< our own: what createContainer hooks without `env` get
    const SeccompProgram *filter = nullptr;  ///< what linux.seccomp came to before; null: it is compiled
};

/// A namespace that exists: opened and checked by the parent, entered by the kSetns at `step`.
struct Join {
    oci::NamespaceType type{};
    std::string path;
    std::size_t step = 0;
    Origin origin;
};

/// A bind source that the parent opens because init may not (user namespaces); goes into step.fd.
struct HostTree {
    std::string path;
    bool recursive = false;
    bool optional = false;  ///< ENOENT is left to init
    std::size_t step = 0;
    std::optional<std::size_t> ids;  ///< of Plan::mount_ids: the parent maps the ids of the copy
    bool ids_recursive = false;      ///< and those of the mounts below
    bool spare = false;              ///< for where init has no access; all else is init's to find out
};

/// The ids of a mount, which the kernel takes as a user namespace.  Without maps: the container's, which is
/// one of the joins.
struct MountIds {
    std::vector<oci::IdMapping> uid_map, gid_map;
    bool operator==(const MountIds &) const = default;
};

/// A step whose descriptor is the user namespace that stands for Plan::mount_ids[ids].
struct MappedStep {
    std::size_t step = 0;
    std::size_t ids = 0;
};

/// A device that the parent makes because init may not (user namespaces): a node in the container's home,
/// whose detached mount goes into step.fd.
struct HostNode {
    std::uint64_t mode = 0, number = 0;  ///< st_mode, st_rdev
    std::uint32_t uid = 0, gid = 0;      ///< as the host counts them
    std::size_t step = 0;
};

/// A device of the runtime's network namespace that goes into the container's.
struct NetDevice {
    std::string name;
    std::string target;  ///< its name there; one that ends in "%d" is a template
};

struct Limit {
    int resource = 0;
    std::uint64_t soft = 0, hard = 0;
};

struct Plan {
    // -- the parent's half
    std::string rootfs;             ///< absolute host path
    std::uint64_t clone_flags = 0;  ///< CLONE_NEWPID or 0: the rest is the container's half
    std::vector<Join> joins;
    std::vector<oci::IdMapping> uid_map, gid_map;  ///< written after kUserNs
    bool deny_setgroups = false;
    bool uid_helper = false, gid_helper = false;  ///< that map is for newuidmap(1), newgidmap(1) to write
    std::vector<MountIds> mount_ids;
    std::vector<HostTree> host_trees;
    std::vector<MappedStep> mapped_steps;
    std::vector<HostNode> host_nodes;
    std::vector<NetDevice> net_devices;  ///< moved at kNetwork; templates last: they take what is free then
    /// User namespaces only: hard limits which init may not raise.  The parent raises them (and lowers
    /// none: init has work to do) with prlimit(2) before it sends kReleased; init sets the exact ones.
    std::vector<Limit> limits;
    std::optional<std::int32_t> oom_score_adj;
    CgroupPlan cgroup;
    std::optional<ResctrlPlan> resctrl;
    bool terminal = false;
    std::optional<SeccompProgram> filter;                ///< what the steps have linux.seccomp as
    bool own_pid_namespace = false;                      ///< new: init is pid 1
    std::optional<std::size_t> console_step, park_step;  ///< whose fd the parent fills in
    std::vector<std::size_t> hook_steps;                 ///< whose fd (output) the parent fills in
    std::vector<std::size_t> proc_steps;   ///< mounts of procfs that want the pid namespace that is joined
    std::vector<std::size_t> disk_steps;   ///< kFsMount, for the parent where its source is a block device
    std::vector<std::size_t> enter_steps;  ///< exec: whose fd is a pidfd of the container's first process
    std::vector<std::string> warnings;

    // -- the container's half
    std::vector<Step> steps;

    /// The messages of the conversation with the parent in order, as the steps have them; kForked where kFork
    /// sends it, kListener and kListening around a filter with a listener.
    std::vector<init::Msg> turns() const;
};

/// Refuses what cannot be done, with the JSON pointer, before anything is touched.
Result<Plan> make(const oci::Config &config, const Request &request, const Host &host);

}  // namespace rt::plan
