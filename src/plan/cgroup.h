// SPDX-License-Identifier: Apache-2.0
//
// linux.cgroupsPath and linux.resources as directories to make and files to write, for cgroup v1,
// v2 and the two side by side.  Pure: what the machine has comes in as a CgroupHost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/config.h"
#include "plan/step.h"
#include "plan/unit.h"

namespace rt::plan {

/// One mounted cgroup hierarchy.
struct Hierarchy {
    bool v2 = false;
    std::vector<std::string>
        controllers;    ///< v1: {"cpu","cpuacct"} or {"name=systemd"}; v2: cgroup.controllers of the root
    std::string mount;  ///< "/sys/fs/cgroup/memory"; magic checked
    std::string own;    ///< the runtime's own cgroup in it, "/" or "/a/b"
};

/// Where a cgroup goes that nobody named: below the caller's own, so that the caller's limits hold for it. In
/// v2 beside it: a cgroup with processes can't have controllers enabled for those below.
std::string default_parent(const Hierarchy &hierarchy);

/// A hierarchy that is there and not ours to use.
struct Withheld {
    Hierarchy hierarchy;
    std::string why;   ///< `we may not make "/sys/fs/cgroup/a"`
    const char *mend;  ///< "have one delegated"
};

struct CgroupHost {
    std::vector<Hierarchy> hierarchies;
    /// We are not root of the machine: devices can't be filtered, nor made.
    bool rootless = false;
    std::vector<Withheld> withheld;  ///< what is not among them
    bool disabled = false;           ///< nobody is to make any: --cgroup-manager disabled
    /// v2 alone.  Where v1 hierarchies are mounted as well, a controller's values go to v1 if it is
    /// mounted there, else to v2.
    bool unified() const;
};

/// "Write `value` to `file`" in one directory.
struct CgroupWrite {
    std::string file;
    std::string value;
    Origin origin;
    std::string instead;          ///< the file where `file` is missing (another kernel's name for it), or ""
    std::string instead_value;    ///< what goes into `instead`
    bool may_be_missing = false;  ///< neither file is there: fine
    bool again =
        false;  ///< EINVAL, EBUSY: the old value of a later write is in the way; tried again after it
    const char *not_below = "";  ///< memory.checkBeforeUpdate: refused if the number in this file is larger
    bool operator==(const CgroupWrite &other) const;
};

/// The container's cgroup in one hierarchy.
struct CgroupDir {
    std::size_t hierarchy = 0;
    std::string path;                 ///< absolute: mount + cgroup
    std::vector<CgroupWrite> writes;  ///< in order
    bool cpuset = false;              ///< v1: nobody can join before cpus and mems have values; the parent's
    bool devices = false;             ///< v1: CgroupPlan::device_rules are written here
};

struct CgroupPlan {
    /// Below each mount, with leading "/", normalized.  Without a cgroupsPath the runtime's own cgroup,
    /// which may differ from hierarchy to hierarchy, stands before it.
    std::string path;
    std::vector<CgroupDir> dirs;         ///< memory (v1) last: what the container is charged for starts late
    std::optional<std::size_t> born_in;  ///< dirs index of the v2 one: CLONE_INTO_CGROUP
    std::vector<oci::DeviceRule> device_rules;  ///< in order, defaults appended; empty: no filter
    bool device_program = false;                ///< v2: rules become an eBPF program
    /// v2: controllers to enable in the parents' cgroup.subtree_control ("+memory +pids").
    std::vector<std::string> enable;
    /// v2: the host's uid that the container's cgroup is given to.
    std::optional<std::uint32_t> owner;
    /// systemd makes the cgroup, as this unit; the directories of its own controllers are there then.
    std::optional<UnitPlan> unit;
};

/// `id`: the name below the runtime's own cgroup when cgroupsPath is absent (v2: beside it, since a cgroup
/// with processes can't have controllers below).  A relative cgroupsPath is taken below the mount point, as
/// an absolute one is: the same value means the same place, whoever calls (config-linux.md#cgroups-path).
Result<CgroupPlan> plan_cgroup(const oci::Linux &linux_, std::string_view id, const CgroupHost &host);

/// The same where `systemd` makes it: cgroupsPath is "slice:prefix:name", or absent.
Result<CgroupPlan> plan_cgroup_unit(const oci::Config &config, std::string_view id, const CgroupHost &host,
                                    const Systemd &systemd);

/// The values alone, for the directories that `plan` has: of a container that exists (`update`).  `host` has
/// no hierarchy without one.
Status plan_limits(const oci::Resources &resources, const CgroupHost &host, CgroupPlan &plan);

/// Who gets the container's cgroup: the user of its program, where the container has a cgroup namespace of
/// its own and sees it writable, and v2 is all there is.  Nobody else (config-linux.md#cgroup-ownership).
std::optional<std::uint32_t> cgroup_owner(const oci::Config &config, const CgroupHost &host);

/// What is written to devices.allow and devices.deny, in order, for with_default_devices(rules) in an
/// unlimited cgroup.  Refuses a rule that the kernel's v1 lists can't express (an exception inside a
/// wildcard).
Result<std::vector<CgroupWrite>> device_writes(const std::vector<oci::DeviceRule> &rules);

/// The same for a cgroup whose devices.list has the text `list`, where the rules with those words were
/// written before, if that is known: only what differs from them, so that what others allowed meanwhile
/// stays; else from the list.  What is newly allowed comes before what no longer is: nothing allowed both
/// before and after is ever denied.  All of `writes` where it is not known what the list denies, or one of
/// the two allows by default and the other does not.
std::vector<CgroupWrite> device_changes(std::string_view list,
                                        const std::optional<std::vector<std::string>> &words,
                                        std::vector<CgroupWrite> writes);
/// From a devices.list with the text `now` to one with `before`; nullopt where that one allowed by default.
std::optional<std::vector<CgroupWrite>> device_changes_back(std::string_view before, std::string_view now);

/// `rules` in the kernel's words: "a" about everything or not at all, none without access, and behind them
/// the devices that every container has (config-linux.md#default-devices).  Nothing for no rules: then there
/// is no filter.
std::vector<oci::DeviceRule> with_default_devices(const std::vector<oci::DeviceRule> &rules);
/// "allow c 1:3 rwm" for each of those.
std::vector<std::string> device_words(const std::vector<oci::DeviceRule> &rules);

/// cpu.weight of v2 for cpu.shares of v1: through (2, 1), (1024, 100) and (262144, 10000).
std::uint64_t cpu_weight(std::uint64_t shares);
/// io.weight of v2 for blkio.weight of v1: 10..1000 to 1..10000.
std::uint64_t io_weight(std::uint64_t weight);

/// What a mount of type "cgroup" shows where v2 is all there is: the container's own directory, or the whole
/// tree, which fits /proc/self/cgroup without a cgroup namespace.
enum class CgroupView : std::uint8_t { kOwn, kTree };

/// The init-side steps that show the container its cgroups (a mount of type "cgroup" or "cgroup2" in
/// config.json) at its destination.  They are binds, so they don't depend on a cgroup namespace; the
/// container's own directories must exist by then: after kCgroup.
void cgroup_mount_steps(const oci::Mount &mount, Origin origin, const CgroupPlan &cgroup,
                        const CgroupHost &host, CgroupView view, std::vector<Step> &steps);

}  // namespace rt::plan
