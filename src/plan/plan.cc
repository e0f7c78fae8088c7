// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <linux/mount.h>
#include <linux/seccomp.h>

#include <optional>
#include <utility>

#include "base/str.h"
#include "oci/names.h"
#include "plan/appear.h"
#include "plan/attach_first.h"
#include "plan/devices.h"
#include "plan/lsm.h"
#include "plan/mounts.h"
#include "plan/namespaces.h"
#include "plan/plan_draft.h"
#include "plan/plan_hooks.h"
#include "plan/process.h"

namespace rt::plan {
namespace {

using init::Msg;
using init::Op;
using oci::NamespaceType;

constexpr std::uint32_t kTypes = MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE;

/// What needs a mount namespace, and whether `config` asks for it.
struct Need {
    const char *pointer;
    bool (*asked)(const oci::Config &);
};

// spec: MountNamespaceNeeded
constexpr Need kNeeds[] = {
    {"/mounts", [](const oci::Config &c) { return !c.mounts.empty(); }},
    {"/root/readonly", [](const oci::Config &c) { return c.root->readonly; }},
    {"/linux/maskedPaths", [](const oci::Config &c) { return !c.linux_.masked_paths.empty(); }},
    {"/linux/readonlyPaths", [](const oci::Config &c) { return !c.linux_.readonly_paths.empty(); }},
    {"/linux/rootfsPropagation",
     [](const oci::Config &c) { return c.linux_.rootfs_propagation.has_value(); }},
    {"/process/terminal", [](const oci::Config &c) { return c.process && c.process->terminal; }},
};

Status check(const Draft &draft)
{
    if (!draft.config.root) {
        return Error::input_at("/root", "a container needs a root filesystem");
    }
    if (!draft.request.parks && (!draft.config.process || draft.config.process->args.empty())) {
        return Error::input_at("/process", "there is nothing to run (process.args is absent)");
    }
    for (const Need &need : kNeeds) {
        if (!draft.own_root && need.asked(draft.config)) {
            return Error::input_at(need.pointer,
                                   "needs a mount namespace; /linux/namespaces has none of type \"mount\"");
        }
    }
    return {};
}

/// rootfsPropagation for the mounts of the host as the container's namespace has them.  Whatever is
/// shared with the host stops being so first: "shared" is a peer group of the container's own.
// spec: LinuxRootfsPropagation
void close_propagation(Draft &draft)
{
    Step &step = draft.add(Op::kPropagation, {"/linux/rootfsPropagation"});
    step.a = draft.private_root ? MS_PRIVATE : MS_SLAVE;
    step.flags = init::kRecursive;
}

// spec: RootPathExist
void make_root(Draft &draft)
{
    const Origin origin{"/root/path"};
    if (draft.own_root && draft.opener != Opener::kInit) {
        draft.plan.host_trees.push_back({.path = draft.plan.rootfs,
                                         .recursive = true,
                                         .step = draft.next(),
                                         .spare = draft.opener == Opener::kBoth});
    }
    Step &step = draft.add(draft.own_root ? Op::kRoot : Op::kNoMountRoot, origin);
    step.s1 = draft.plan.rootfs;
    step.flags = flag_if(draft.opener == Opener::kBoth, init::kSpare);
}

// spec: ProcTerminal, ProcConsoleSize, ProcConsoleSizeIgnore
void make_console(Draft &draft)
{
    const auto &process = draft.config.process;
    draft.plan.terminal = process && process->terminal;
    if (!draft.plan.terminal) {
        return;
    }
    draft.plan.console_step = draft.next();
    Step &step = draft.add(Op::kConsole, {"/process/terminal"});
    step.c = process->user.uid;
    step.flags = flag_if(draft.appears_late, init::kNoControl);
    if (process->console_size) {
        step.a = process->console_size->height;
        step.b = process->console_size->width;
    }
}

// spec: PrestartTiming, CreateRuntimeTiming, CreateContainerTiming
void run_early_hooks(Draft &draft)
{
    if (!draft.config.hooks.prestart.empty() || !draft.config.hooks.create_runtime.empty()) {
        draft.add(Op::kTell).a = static_cast<std::uint64_t>(Msg::kRootReady);
        draft.add(Op::kAwait).a = static_cast<std::uint64_t>(Msg::kHooksDone);
    }
    run_create_container_hooks(draft);
}

// spec: MaskedPathsUnreadable, ReadonlyPathsReadonly
void hide_paths(Draft &draft)
{
    const oci::Linux &linux_ = draft.config.linux_;
    for (std::size_t i = 0; i < linux_.masked_paths.size(); ++i) {
        draft.add(Op::kMask, {"/linux/maskedPaths", static_cast<std::int32_t>(i)}).s1 =
            linux_.masked_paths[i];
    }
    for (std::size_t i = 0; i < linux_.readonly_paths.size(); ++i) {
        draft.add(Op::kReadonly, {"/linux/readonlyPaths", static_cast<std::int32_t>(i)}).s1 =
            linux_.readonly_paths[i];
    }
}

// spec: RootReadonlyImplement, LinuxRootfsPropagation
void finish_root(Draft &draft)
{
    if (draft.config.root->readonly) {
        draft.add(Op::kRootAttr, {"/root/readonly"}).a = MOUNT_ATTR_RDONLY;
    }
    const auto &propagation = draft.config.linux_.rootfs_propagation;
    const std::uint32_t flags = propagation ? oci::mount_flags(*propagation) : 0;
    // Slave and private are what the root has been from the start.
    if ((flags & (MS_SHARED | MS_UNBINDABLE)) != 0) {
        Step &step = draft.add(Op::kRootAttr, {"/linux/rootfsPropagation"});
        step.c = flags & kTypes;
        step.flags = flag_if((flags & MS_REC) != 0, init::kRecursive);
    }
}

/// All that is done while the host's files can still be seen.
Status build_root(Draft &draft, std::vector<MountWork> &works)
{
    if (draft.own_root) {
        close_propagation(draft);
        open_sources(draft, works);
    }
    make_root(draft);
    make_mounts(draft, works);
    TRY(make_devices(draft, binds_dev(works)));
    make_console(draft);
    set_kernel_state(draft);
    draft.enter_cgroups();
    run_early_hooks(draft);
    if (draft.config.process && !draft.config.process->args.empty()) {
        label_program(draft, *draft.config.process, !draft.config.hooks.start_container.empty());
    }
    hide_paths(draft);
    make_late_readonly(draft, works);
    if (draft.own_root) {
        finish_root(draft);
        draft.add(Op::kPivot).flags = flag_if(draft.request.no_pivot, init::kNoPivot);
    } else {
        draft.add(Op::kChroot);
    }
    return {};
}

// spec: RootlessCgroups, RootlessNoPidNamespace
void warn_of_reach(Draft &draft)
{
    const std::string &path = draft.config.linux_.cgroups_path;
    if (!draft.host.cgroups.withheld.empty() && !path.empty()) {
        draft.plan.warnings.push_back(str("/linux/cgroupsPath: left out in part or whole, since ",
                                          draft.host.cgroups.withheld.front().why));
    }
    if (draft.plan.cgroup.dirs.empty() && !draft.spaces.own(NamespaceType::kPid)) {
        draft.plan.warnings.emplace_back("/linux/namespaces: with neither a \"pid\" namespace nor a cgroup, "
                                         "kill and delete reach the first "
                                         "process alone: what it started goes on");
    }
}

/// `run` without hooks that could look: the parent's word about the cgroups is its last, and sends init
/// all the way.  Two turns less are four wake-ups less.
bool goes_through(const Draft &draft)
{
    return !draft.request.parks && !draft.plan.cgroup.dirs.empty() && !draft.appears_late &&
           !draft.config.hooks.before_start();
}

// spec: ProcNotRunAtResRequest
void wait_for_start(Draft &draft)
{
    if (goes_through(draft)) {
        return;
    }
    draft.add(Op::kTell).a = static_cast<std::uint64_t>(Msg::kCreated);
    draft.add(Op::kAwait).a = static_cast<std::uint64_t>(Msg::kReleased);
    if (draft.request.parks) {
        draft.plan.park_step = draft.next();
        draft.add(Op::kPark);
    }
}

// spec: ProcRequiredAtStart
/// From the container's root to its program.  A container without one waits for ever: `start` refuses
/// before it wakes init.
Status become_program(Draft &draft)
{
    if (!draft.config.process || draft.config.process->args.empty()) {
        enter_last_cgroup(draft);
        wait_for_start(draft);
        return {};
    }
    TRY_LET(process, ProcessPlan::make(draft, *draft.config.process));
    process.prepare(draft);
    enter_last_cgroup(draft);
    process.shrink(draft);
    if (draft.request.parks) {
        process.look(draft);
    }
    bool filtered = false;
    if (draft.appears_late) {
        filtered = filter_unseen(draft, process);
        appear(draft);
        control_terminal(draft, *draft.config.process);
    }
    wait_for_start(draft);
    run_start_container_hooks(draft, process.env());
    finish_label(draft);
    process.execute(draft, filtered);
    return {};
}

}  // namespace

std::vector<Msg> Plan::turns() const
{
    std::vector<Msg> turns;
    for (const Step &step : steps) {
        if (step.op == Op::kPark) {
            break;  // what comes behind is between init and `start`
        }
        if (step.op == Op::kTell || step.op == Op::kAwait) {
            turns.push_back(static_cast<Msg>(step.a));
        } else if (step.op == Op::kFork) {
            turns.push_back(Msg::kForked);
        } else if (step.op == Op::kSeccomp && (step.a & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0) {
            turns.insert(turns.end(), {Msg::kListener, Msg::kListening});
        }
    }
    return turns;
}

// spec: RootPathAbsOrRelative
Result<Plan> make(const oci::Config &config, const Request &request, const Host &host)
{
    Draft draft(config, request, host);
    TRY(check(draft));
    TRY(check_labels(config, config.process ? &*config.process : nullptr, host.lsm));
    draft.plan.rootfs = below(request.bundle, config.root->path);
    TRY_LET(cgroup, host.systemd ? plan_cgroup_unit(config, request.id, host.cgroups, *host.systemd)
                                 : plan_cgroup(config.linux_, request.id, host.cgroups));
    draft.plan.cgroup = std::move(cgroup);
    warn_of_reach(draft);
    draft.plan.cgroup.owner = cgroup_owner(config, host.cgroups);
    TRY_LET(resctrl, plan_resctrl(config.linux_, request.id, host.resctrl));
    draft.plan.resctrl = std::move(resctrl);
    TRY_LET(works, read_mounts(draft));
    TRY(enter_namespaces(draft, works));
    TRY(build_root(draft, works));
    TRY(become_program(draft));
    if (!host.mount_setattr) {
        TRY(attach_first(draft.plan));
    }
    return std::move(draft.plan);
}

}  // namespace rt::plan
