// SPDX-License-Identifier: Apache-2.0
//
// The parent's half, in the order of container/create.cc, and init's steps between its turns.
#include "plan/explain.h"

#include <linux/sched.h>

#include <algorithm>

#include "base/str.h"
#include "oci/names.h"
#include "plan/explain_steps.h"
#include "plan/explain_words.h"

namespace rt::plan {
namespace {

using init::Msg;
using init::Op;

constexpr std::string_view kStart = "start";
constexpr std::string_view kDelete = "delete";

std::string quoted(std::string_view text) { return str(" \"", text, '"'); }

Words map_lines(const std::vector<oci::IdMapping> &map)
{
    Words lines;
    for (const oci::IdMapping &mapping : map) {
        lines.push_back(str(mapping.container_id, ' ', mapping.host_id, ' ', mapping.size));
    }
    return lines;
}

class Explanation {
public:
    explicit Explanation(const Background &background)
        : background_(background), plan_(background.plan),
          parent_(background.request.parks ? "create" : "run")
    {}

    std::vector<Operation> take() &&
    {
        prepare();
        launch();
        for (const Step &step : plan_.steps) {
            explain(step);
        }
        finish();
        return std::move(out_);
    }

private:
    Operation &add(std::string_view by, std::string does, std::string pointer = "")
    {
        return out_.emplace_back(Operation{by, std::move(does), std::move(pointer), {}});
    }
    Operation &parent(std::string does, std::string pointer = "")
    {
        return add(parent_, std::move(does), std::move(pointer));
    }

    void prepare();
    void launch();
    void explain(const Step &step);
    void finish();

    void map_ids();
    void move_devices();
    void early_hooks();
    void release();
    /// What the parent does while init waits for a message.
    struct Turn {
        Msg msg;
        void (Explanation::*act)();
    };
    static const Turn kTurns[];

    void start_unit();
    void make_birthplace();
    void make_resctrl();
    void make_cgroups();
    void limit(const CgroupDir &dir);
    void write(const CgroupDir &dir, const CgroupWrite &write);
    void hooks(std::string_view by, std::string_view name, const std::vector<oci::Hook> &list);
    Words cgroup_paths() const;

    const Background &background_;
    const Plan &plan_;
    std::string_view parent_;
    bool cgroups_made_ = false;
    std::vector<Operation> out_;
};

const Explanation::Turn Explanation::kTurns[] = {
    {Msg::kMapped, &Explanation::map_ids},      {Msg::kDevices, &Explanation::move_devices},
    {Msg::kCgroup, &Explanation::make_cgroups}, {Msg::kHooksDone, &Explanation::early_hooks},
    {Msg::kReleased, &Explanation::release},
};

Words Explanation::cgroup_paths() const
{
    Words paths;
    for (const CgroupDir &dir : plan_.cgroup.dirs) {
        paths.push_back(dir.path);
    }
    return paths;
}

/// What has to be undone is on disk before it is done.
void Explanation::prepare()
{
    if (!plan_.cgroup.dirs.empty()) {
        parent("checking that the cgroups are free", "/linux/cgroupsPath").facts = {
            Fact::list("cgroups", cgroup_paths())};
    }
    parent("writing the record");
    if (plan_.terminal) {
        parent(background_.request.parks ? "connecting to the console socket" : "making the console's socket",
               "/process/terminal");
    }
    make_resctrl();
    make_birthplace();
}

void Explanation::make_resctrl()
{
    if (!plan_.resctrl) {
        return;
    }
    const ResctrlPlan &resctrl = *plan_.resctrl;
    const std::string path = str(resctrl.mount, resctrl.group.empty() ? "" : "/", resctrl.group);
    constexpr std::string_view kVerbs[] = {"making", "making or checking", "looking for"};
    Operation &group =
        parent(str(kVerbs[static_cast<std::size_t>(resctrl.asked)], " resctrl group", quoted(path)),
               "/linux/intelRdt");
    if (!resctrl.lines.empty()) {
        group.facts.push_back(Fact::list("schemata", resctrl.lines));
    }
    if (!resctrl.monitor.empty()) {
        parent(str("making monitoring group", quoted(resctrl.monitor)), "/linux/intelRdt/enableMonitoring");
    }
}

void Explanation::start_unit()
{
    if (!plan_.cgroup.unit) {
        return;
    }
    const UnitPlan &unit = *plan_.cgroup.unit;
    Words properties;
    for (const Property &property : unit.properties) {
        properties.push_back(str(property.name, '=', dbus::print(property.value)));
    }
    parent(
        str("asking ", unit.user ? "the user's systemd" : "systemd", " to start the unit", quoted(unit.name)),
        "/linux/cgroupsPath")
        .facts = {Fact::list("properties", std::move(properties))};
}

void Explanation::make_birthplace()
{
    start_unit();
    if (!plan_.cgroup.born_in) {
        return;
    }
    const CgroupDir &dir = plan_.cgroup.dirs[*plan_.cgroup.born_in];
    parent(str("making cgroup", quoted(dir.path)), "/linux/cgroupsPath");
    if (!plan_.cgroup.enable.empty()) {
        parent("enabling controllers above it").facts = {Fact::list("controllers", plan_.cgroup.enable)};
    }
}

void Explanation::launch()
{
    for (const Limit &limit : plan_.limits) {
        parent("raising our own hard limit for init to inherit", "/process/rlimits").facts = {
            Fact::text("hard", limit_word(limit.hard))};
    }
    for (const Join &join : plan_.joins) {
        parent(str("opening namespace", quoted(join.path)), join.origin.pointer()).facts = {
            Fact::text("type", std::string(oci::word_of(join.type)))};
    }
    for (const HostTree &tree : plan_.host_trees) {
        Operation &operation =
            parent(str("opening the mount tree", quoted(tree.path)), plan_.steps[tree.step].origin.pointer());
        operation.facts.push_back(Fact::flag("recursive", tree.recursive));
        if (tree.spare) {
            operation.facts.push_back(Fact::flag("spare", true));
        }
    }
    for (const std::size_t disk : plan_.disk_steps) {
        const Step &step = plan_.steps[disk];
        parent(str("mounting", quoted(step.s2), " in the place of init, if it is a block device"),
               step.origin.pointer());
    }
    Operation &start = parent("starting init");
    if ((plan_.clone_flags & CLONE_NEWPID) != 0) {
        start.facts.push_back(Fact::list("namespaces", {"pid"}));
    }
    if (plan_.cgroup.born_in) {
        start.facts.push_back(Fact::text("cgroup", plan_.cgroup.dirs[*plan_.cgroup.born_in].path));
    }
    parent("writing the record");
    if (plan_.resctrl) {
        parent("putting init into its resctrl group", "/linux/intelRdt");
    }
    if (plan_.oom_score_adj) {
        parent(str("setting oom_score_adj to ", *plan_.oom_score_adj), "/process/oomScoreAdj");
    }
}

void Explanation::explain(const Step &step)
{
    if (step.op == Op::kAwait) {
        for (const Turn &turn : kTurns) {
            if (turn.msg == static_cast<Msg>(step.a)) {
                (this->*turn.act)();
            }
        }
    } else if (step.op != Op::kTell) {
        out_.push_back(explain_step(background_, step));
    }
    if (step.op == Op::kPark) {
        add(kStart, "telling init to go on");
    }
}

void Explanation::move_devices()
{
    for (const NetDevice &device : plan_.net_devices) {
        parent(str("moving network device", quoted(device.name)), "/linux/netDevices").facts = {
            Fact::text("name", device.target)};
    }
}

void Explanation::early_hooks()
{
    const oci::Hooks &list = background_.config.hooks;
    hooks(parent_, "prestart", list.prestart);
    hooks(parent_, "createRuntime", list.create_runtime);
}

void Explanation::release()
{
    make_cgroups();
    parent("writing the record");
}

void Explanation::map_ids()
{
    if (plan_.deny_setgroups) {
        parent("denying setgroups", "/linux/gidMappings");
    }
    parent(plan_.gid_helper ? "mapping groups through newgidmap" : "mapping groups", "/linux/gidMappings")
        .facts = {Fact::list("gid_map", map_lines(plan_.gid_map))};
    parent(plan_.uid_helper ? "mapping users through newuidmap" : "mapping users", "/linux/uidMappings")
        .facts = {Fact::list("uid_map", map_lines(plan_.uid_map))};
}

void Explanation::make_cgroups()
{
    if (std::exchange(cgroups_made_, true)) {
        return;
    }
    if (plan_.cgroup.born_in) {
        limit(plan_.cgroup.dirs[*plan_.cgroup.born_in]);
    }
    for (std::size_t i = 0; i < plan_.cgroup.dirs.size(); ++i) {
        const CgroupDir &dir = plan_.cgroup.dirs[i];
        if (i == plan_.cgroup.born_in) {
            continue;
        }
        parent(str("making cgroup", quoted(dir.path)), "/linux/cgroupsPath");
        if (dir.cpuset) {
            parent(str("filling cpuset.cpus and cpuset.mems of", quoted(dir.path), " from above"));
        }
        limit(dir);
    }
}

void Explanation::limit(const CgroupDir &dir)
{
    for (const CgroupWrite &one : dir.writes) {
        write(dir, one);
    }
    if (plan_.cgroup.device_program && background_.host.cgroups.hierarchies[dir.hierarchy].v2) {
        parent(str("attaching the device filter to", quoted(dir.path)), "/linux/resources/devices").facts = {
            Fact::list("rules", device_words(plan_.cgroup.device_rules))};
    }
}

void Explanation::write(const CgroupDir &dir, const CgroupWrite &write)
{
    Operation &operation =
        parent(str("writing", quoted(write.value), " to", quoted(str(dir.path, '/', write.file))),
               write.origin.pointer());
    if (!write.instead.empty()) {
        operation.facts.push_back(Fact::text("else", str(write.instead_value, " to ", write.instead)));
    }
    if (write.may_be_missing) {
        operation.facts.push_back(Fact::flag("optional", true));
    }
    if (write.not_below[0] != '\0') {
        operation.facts.push_back(Fact::text("notBelow", write.not_below));
    }
}

void Explanation::hooks(std::string_view by, std::string_view name, const std::vector<oci::Hook> &list)
{
    for (std::size_t i = 0; i < list.size(); ++i) {
        add(by, str("running hook ", name, '[', i, ']', quoted(list[i].path)), str("/hooks/", name, '/', i))
            .facts = hook_facts(list[i]);
    }
}

/// From the program's start to the last trace of the container.
void Explanation::finish()
{
    const bool parks = background_.request.parks;
    const oci::Hooks &list = background_.config.hooks;
    hooks(parks ? kStart : parent_, "poststart", list.poststart);
    const std::string_view by = parks ? kDelete : parent_;
    if (!parks) {
        parent("waiting for the program to end");
    }
    if (!plan_.cgroup.dirs.empty()) {
        add(by, "removing the cgroups").facts = {Fact::list("cgroups", cgroup_paths())};
    }
    hooks(by, "poststop", list.poststop);
    add(by, "removing the record");
}

}  // namespace

// spec: CliPlan
std::vector<Operation> explain(const Plan &plan, const oci::Config &config, const Request &request,
                               const Host &host)
{
    return Explanation({plan, config, request, host}).take();
}

}  // namespace rt::plan
