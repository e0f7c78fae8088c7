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

namespace rt::plan {

/// One mounted cgroup hierarchy.
struct Hierarchy {
    bool v2 = false;
    std::vector<std::string> controllers;  ///< v1: {"cpu","cpuacct"} or {"name=systemd"}; v2: cgroup.controllers of the root
    std::string mount;                     ///< "/sys/fs/cgroup/memory"; magic checked
    std::string own;                       ///< the runtime's own cgroup in it, "/" or "/a/b"
};

struct CgroupHost {
    std::vector<Hierarchy> hierarchies;
    bool unified() const;  ///< v2 only: resources go there
};

/// "Write `value` to `file`" in one directory.
struct CgroupWrite {
    std::string file;
    std::string value;
    Origin origin;
    bool may_be_missing = false;  ///< ENOENT is fine (an older name, or a newer one, is written as well)
    bool operator==(const CgroupWrite &other) const;
};

/// The container's cgroup in one hierarchy.
struct CgroupDir {
    std::size_t hierarchy = 0;
    std::string path;                 ///< absolute: mount + cgroup
    std::vector<CgroupWrite> writes;  ///< in order
};

struct CgroupPlan {
    std::string path;                     ///< below each mount, with leading "/"; normalized
    std::vector<CgroupDir> dirs;          ///< memory (v1) last: what the container is charged for starts late
    std::optional<std::size_t> born_in;   ///< dirs index of the v2 one: CLONE_INTO_CGROUP
    std::vector<oci::DeviceRule> device_rules;  ///< in order, defaults appended; empty: no filter
    bool device_program = false;          ///< v2: rules become an eBPF program
    /// v2: controllers to enable in the parents' cgroup.subtree_control ("+memory +pids").
    std::vector<std::string> enable;
};

/// `id`: used when cgroupsPath is absent.  A relative cgroupsPath is taken below the runtime's own cgroup.
Result<CgroupPlan> plan_cgroup(const oci::Linux &linux_, std::string_view id, const CgroupHost &host);

/// The init-side steps that show the container its cgroups at `target` (a mount of type "cgroup" in config.json).
/// `own_namespace`: a new cgroup namespace is made.
void cgroup_mount_steps(const oci::Mount &mount, Origin origin, const CgroupPlan &cgroup, const CgroupHost &host,
                        bool own_namespace, std::vector<Step> &steps);

}  // namespace rt::plan
