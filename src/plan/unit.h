// SPDX-License-Identifier: Apache-2.0
//
// A container as a unit of systemd: its name, its place in the cgroups, and its limits as properties.  Pure.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dbus/value.h"
#include "oci/config.h"

namespace rt::plan {

struct CgroupHost;
struct CgroupPlan;

/// The systemd that will be asked.
struct Systemd {
    bool user = false;  ///< the user's own, not the system's
    std::string root;   ///< the cgroup it manages: "", or "/user.slice/user-1000.slice/user@1000.service"
    int version = 0;    ///< 252
};

struct Property {
    std::string name;
    dbus::Value value;
    bool operator==(const Property &) const = default;
};

/// The unit to ask systemd for.
struct UnitPlan {
    std::string name;  ///< "docker-0123.scope", or "a-b.slice"
    bool user = false;
    std::string subgroup;  ///< "/container": the container's cgroup below the unit's; "" where that is it
    std::vector<Property> properties;  ///< in order; the last of two wins
    /// Those that wait until init is in: they would leave no room for it beside the one it was made with.
    std::vector<Property> late;

    /// A scope begins with a process; a slice has none of its own.
    bool is_scope() const { return !name.ends_with(".slice"); }
};

/// A unit and the slice that it lies in.
struct UnitName {
    std::string slice;  ///< "system.slice"; "" above a slice that lies in the root
    std::string unit;
};

/// "slice:prefix:name", where "" is the default.  A name that ends in ".slice" is a slice, which lies where
/// its name says.
Result<UnitName> unit_name(std::string_view cgroups_path, std::string_view id, bool user);

/// The cgroup of the unit, from the mount point on: "/system.slice/docker-0123.scope".
std::string unit_cgroup(const UnitName &name, const Systemd &systemd);

/// All that `plan` limits, in systemd's words, for those it has words for; the writes stay, since they are
/// exact.
std::vector<Property> unit_limits(const CgroupPlan &plan, const CgroupHost &host, const Systemd &systemd);

/// DevicePolicy and DeviceAllow.  Cgroup v1: systemd writes the lists again when it is reloaded, and what it
/// has no words for is denied then.  v2: nothing for rules that it cannot say in full, whose filter is our
/// own then; otherwise both have to agree.
std::vector<Property> unit_devices(const std::vector<oci::DeviceRule> &rules, bool v2);

/// org.systemd.property.NAME annotations; NAMESec in seconds becomes NAMEUSec.
Result<std::vector<Property>> unit_annotations(const std::map<std::string, std::string> &annotations);

/// The unit of a container whose cgroups `plan` has.
Result<UnitPlan> plan_unit(const UnitName &name, const oci::Config &config, std::string_view id,
                           const CgroupPlan &plan, const CgroupHost &host, const Systemd &systemd);

}  // namespace rt::plan
