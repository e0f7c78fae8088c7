// SPDX-License-Identifier: Apache-2.0
#include "plan/cgroup.h"

#include <algorithm>
#include <tuple>

#include "base/str.h"
#include "oci/annotations.h"
#include "plan/cgroup_absent.h"
#include "plan/cgroup_knobs.h"

namespace rt::plan {
namespace {

/// Files of `unified` that would move, kill or stop processes instead of limiting them.
constexpr std::string_view kNotLimits[] = {"cgroup.freeze",          "cgroup.kill",    "cgroup.procs",
                                           "cgroup.subtree_control", "cgroup.threads", "cgroup.type"};

std::optional<std::size_t> find_v2(const CgroupHost &host)
{
    for (std::size_t i = 0; i < host.hierarchies.size(); ++i) {
        if (host.hierarchies[i].v2) {
            return i;
        }
    }
    return std::nullopt;
}

/// The hierarchy that has the controller (v1 name): v1's if it is mounted there.
std::optional<std::size_t> home_of(std::string_view controller, const CgroupHost &host)
{
    for (std::size_t i = 0; i < host.hierarchies.size(); ++i) {
        if (!host.hierarchies[i].v2 && has(host.hierarchies[i].controllers, controller)) {
            return i;
        }
    }
    const auto v2 = find_v2(host);
    return v2 && has(host.hierarchies[*v2].controllers, v2_name(controller)) ? v2 : std::nullopt;
}

// ---- directories ------------------------------------------------------------------------------

/// A directory in every hierarchy; the one of v1's memory controller last.
// spec: CgroupsExtraControllers
void add_dirs(const CgroupHost &host, bool below_own, CgroupPlan &plan)
{
    std::vector<CgroupDir> last;
    for (std::size_t i = 0; i < host.hierarchies.size(); ++i) {
        const Hierarchy &h = host.hierarchies[i];
        CgroupDir dir{.hierarchy = i, .path = (below_own ? default_parent(h) : h.mount) + plan.path};
        dir.cpuset = !h.v2 && has(h.controllers, "cpuset");
        (!h.v2 && has(h.controllers, "memory") ? last : plan.dirs).push_back(std::move(dir));
        if (h.v2) {
            plan.born_in = plan.dirs.size() - 1;
        }
    }
    for (CgroupDir &dir : last) {
        plan.dirs.push_back(std::move(dir));
    }
}

// ---- resources --------------------------------------------------------------------------------

/// As good as not written where nothing is there to write it to.
bool lifts(const CgroupWrite &write)
{
    return write.may_be_missing || write.value == "-1" || write.value == "max";
}

/// Puts writes where their controller is.
class Placing {
public:
    Placing(const CgroupHost &host, CgroupPlan &plan) : host_(host), plan_(plan) {}

    /// Whether rows of this controller are to be looked at: of one version also where the controller is
    /// nowhere, so that asking for it is refused once.
    bool wants(std::string_view controller, bool v2) const
    {
        const auto home = home_of(v1_name(controller), host_);
        return (home ? host_.hierarchies[*home].v2 : machine_unified(host_)) == v2;
    }

    // spec: LinuxResourcesNoLimit
    Status put(std::string_view controller, std::vector<CgroupWrite> writes)
    {
        for (CgroupWrite &write : writes) {
            write.may_be_missing = lifts(write);
        }
        const auto home = home_of(v1_name(controller), host_);
        if (!home) {
            const auto needed = std::ranges::find(writes, false, &CgroupWrite::may_be_missing);
            return needed == writes.end() ? Status() : absent(controller, needed->origin, host_);
        }
        if (writes.empty()) {
            return {};
        }
        if (host_.hierarchies[*home].v2) {
            enable(controller);
        }
        CgroupDir &dir = *std::ranges::find(plan_.dirs, *home, &CgroupDir::hierarchy);
        std::ranges::move(writes, std::back_inserter(dir.writes));
        return {};
    }

    void enable(std::string_view controller)
    {
        if (!has(plan_.enable, str('+', controller))) {
            plan_.enable.push_back(str('+', controller));
        }
    }

private:
    const CgroupHost &host_;
    CgroupPlan &plan_;
};

Status add_knobs(const oci::Resources &resources, bool v2, Placing &placing)
{
    for (const Knob &knob : v2 ? v2_knobs() : v1_knobs()) {
        if (!placing.wants(knob.controller, v2)) {
            continue;
        }
        if (Value value = knob.value(resources)) {
            TRY(placing.put(knob.controller, {{.file = knob.file,
                                               .value = std::move(*value),
                                               .origin = {knob.pointer},
                                               .may_be_missing = knob.may_be_missing,
                                               .again = knob.again}}));
        }
    }
    for (const ListKnob &list : v2 ? v2_lists() : v1_lists()) {
        if (placing.wants(list.controller, v2)) {
            std::vector<CgroupWrite> writes;
            list.add(resources, writes);
            TRY(placing.put(list.controller, std::move(writes)));
        }
    }
    return {};
}

Status refuse_unconvertible(const oci::Resources &resources, const Placing &placing)
{
    for (const Unconvertible &row : v2_unconvertible()) {
        if (placing.wants(row.controller, true) && row.asked(resources)) {
            return Error::input_at(row.pointer, "cgroup v2 has nothing that corresponds to this property")
                .hint("drop it");
        }
    }
    return {};
}

/// Whether `file` can be a key of `unified`, and whether its controller is here.
Status check_unified(const std::string &file, const CgroupHost &host)
{
    if (file.empty() || file.front() == '.' ||
        file.find_first_of(std::string_view("/\0", 2)) != std::string::npos) {
        return Error::input_at("/linux/resources/unified", str("\"", file, "\" is no name of a file"));
    }
    if (std::ranges::find(kNotLimits, file) != std::end(kNotLimits)) {
        return Error::input_at(str("/linux/resources/unified/", file),
                               "moves or stops processes instead of limiting them");
    }
    const std::string_view controller = std::string_view(file).substr(0, file.find('.'));
    return is_v2_controller(controller) && !has(host.hierarchies.front().controllers, controller)
               ? absent(controller, {"/linux/resources/unified"}, host)
               : Status();
}

/// One device a write, and so a line a write.  Nothing is said with an empty line: a write of no bytes
/// does not reach the kernel.
std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!line.empty()) {
            lines.emplace_back(line);
        }
    }
    return lines.empty() ? std::vector<std::string>{"\n"} : lines;
}

// spec: LinuxResourcesUnified, LinuxResourcesUnifiedV1
Status add_unified(const oci::Resources &resources, const CgroupHost &host, CgroupPlan &plan,
                   Placing &placing)
{
    if (!resources.unified.empty() && (host.hierarchies.empty() || !machine_unified(host))) {
        return refuse_unified(resources.unified.begin()->first, host);
    }
    for (const auto &[file, text] : resources.unified) {
        TRY(check_unified(file, host));
        if (const std::string controller = file.substr(0, file.find('.')); is_v2_controller(controller)) {
            placing.enable(controller);
        }
        for (std::string &line : lines_of(text)) {
            plan.dirs[*plan.born_in].writes.push_back({.file = file,
                                                       .value = std::move(line),
                                                       .origin = {"/linux/resources/unified"},
                                                       .again = true});
        }
    }
    return {};
}

Status add_devices(const oci::Resources &resources, const CgroupHost &host, CgroupPlan &plan)
{
    if (host.rootless) {
        return {};
    }
    plan.device_rules = with_default_devices(resources.devices);
    if (plan.device_rules.empty()) {
        return {};
    }
    const auto home = home_of("devices", host);
    if (!home) {
        plan.device_program = find_v2(host).has_value();
        return plan.device_program ? Status() : absent("devices", {"/linux/resources/devices"}, host);
    }
    TRY_LET(writes, device_writes(resources.devices));
    CgroupDir &dir = *std::ranges::find(plan.dirs, *home, &CgroupDir::hierarchy);
    dir.devices = true;
    std::ranges::move(writes, std::back_inserter(dir.writes));
    return {};
}

// spec: LinuxResourcesCheckBeforeUpdate
//
// v1 refuses a limit below the usage by itself.
void check_before_update(const oci::Resources &resources, CgroupPlan &plan)
{
    if (!resources.memory || !resources.memory->check_before_update.value_or(false) || !plan.born_in) {
        return;
    }
    for (CgroupWrite &write : plan.dirs[*plan.born_in].writes) {
        write.not_below = write.file == "memory.max"        ? "memory.current"
                          : write.file == "memory.swap.max" ? "memory.swap.current"
                                                            : "";
    }
}

Status add_resources(const oci::Resources &resources, const CgroupHost &host, CgroupPlan &plan)
{
    Placing placing(host, plan);
    TRY(check_resources(resources));
    TRY(refuse_unconvertible(resources, placing));
    TRY(add_devices(resources, host, plan));
    TRY(add_knobs(resources, false, placing));
    TRY(add_knobs(resources, true, placing));
    TRY(add_unified(resources, host, plan, placing));
    check_before_update(resources, plan);
    return {};
}

}  // namespace

std::string default_parent(const Hierarchy &hierarchy)
{
    if (hierarchy.own == "/" || hierarchy.own.empty()) {
        return hierarchy.mount;
    }
    if (hierarchy.v2) {
        return hierarchy.mount + hierarchy.own.substr(0, hierarchy.own.rfind('/'));
    }
    return hierarchy.mount + hierarchy.own;
}

bool CgroupHost::unified() const { return hierarchies.size() == 1 && hierarchies.front().v2; }

bool CgroupWrite::operator==(const CgroupWrite &other) const
{
    const auto all = [](const CgroupWrite &w) {
        return std::tuple(std::string_view(w.file), std::string_view(w.value), std::string_view(w.instead),
                          std::string_view(w.instead_value), std::string_view(w.origin.section),
                          w.origin.index, w.may_be_missing, w.again, std::string_view(w.not_below));
    };
    return all(*this) == all(other);
}

Status plan_limits(const oci::Resources &resources, const CgroupHost &host, CgroupPlan &plan)
{
    for (std::size_t i = 0; i < plan.dirs.size(); ++i) {
        if (host.hierarchies[plan.dirs[i].hierarchy].v2) {
            plan.born_in = i;
        }
    }
    return add_resources(resources, host, plan);
}

namespace {

Result<CgroupPlan> plan_at(std::string path, const oci::Linux &linux_, const CgroupHost &host, bool below_own)
{
    CgroupPlan plan;
    plan.path = std::move(path);
    add_dirs(host, below_own, plan);
    if (linux_.resources) {
        TRY(add_resources(*linux_.resources, host, plan));
    }
    if (host.unified()) {
        // Without limits too: what is used is counted only where the controller is enabled.
        Placing placing(host, plan);
        for (const std::string &controller : host.hierarchies.front().controllers) {
            placing.enable(controller);
        }
    }
    return plan;
}

}  // namespace

Result<CgroupPlan> plan_cgroup(const oci::Linux &linux_, std::string_view id, const CgroupHost &host)
{
    TRY_LET(path, cgroup_path(linux_, id));
    return plan_at(std::move(path), linux_, host, linux_.cgroups_path.empty());
}

// spec: AnnotationSubgroup
Result<CgroupPlan> plan_cgroup_unit(const oci::Config &config, std::string_view id, const CgroupHost &host,
                                    const Systemd &systemd)
{
    TRY_LET(name, unit_name(config.linux_.cgroups_path, id, systemd.user));
    const std::string below = oci::annotation(config.annotations, oci::kSubgroup);
    const std::string subgroup = below.empty() ? "" : str('/', below);
    TRY_LET(plan, plan_at(unit_cgroup(name, systemd) + subgroup, config.linux_, host, false));
    TRY_LET(unit, plan_unit(name, config, id, plan, host, systemd));
    unit.subgroup = subgroup;
    plan.unit = std::move(unit);
    return plan;
}

}  // namespace rt::plan
