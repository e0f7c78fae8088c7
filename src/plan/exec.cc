// SPDX-License-Identifier: Apache-2.0
#include "plan/exec.h"

#include <asm/unistd.h>

#include "base/str.h"
#include "oci/names.h"
#include "plan/appear.h"
#include "plan/id_maps.h"
#include "plan/lsm.h"
#include "plan/plan_draft.h"
#include "plan/process.h"
#include "plan/scheduling.h"

namespace rt::plan {
namespace {

using init::Msg;
using init::Op;
using oci::NamespaceType;

constexpr NamespaceType kEntered[] = {NamespaceType::kNetwork, NamespaceType::kIpc,    NamespaceType::kUts,
                                      NamespaceType::kTime,    NamespaceType::kCgroup, NamespaceType::kMount,
                                      NamespaceType::kPid};

/// The CLONE_NEW* flags of what is not the runtime's own.
std::uint64_t entered(const Spaces &spaces)
{
    std::uint64_t flags = 0;
    for (const NamespaceType type : kEntered) {
        flags |= spaces.own(type) ? oci::clone_flag(type) : 0;
    }
    return flags;
}

void enter(Draft &draft, std::uint64_t flags)
{
    if (flags != 0) {
        draft.plan.enter_steps.push_back(draft.next());
        Step &step = draft.add(Op::kSetns);
        step.a = flags;
        step.subject = draft.request.id;
    }
}

/// A privileged runtime may enter anything until it enters the user namespace; any other nothing before.
// spec: ExecNamespaces
void enter_namespaces_of(Draft &draft, const oci::Process &process)
{
    std::uint64_t flags = entered(draft.spaces);
    if (draft.host.privileged) {
        enter(draft, flags);
        flags = 0;
    }
    if (draft.user_namespace) {
        flags |= oci::clone_flag(NamespaceType::kUser);
    }
    enter(draft, flags);
    if (draft.user_namespace) {
        become_root(draft, &process);
    }
}

void join_cgroups(Draft &draft, std::size_t first, std::size_t count)
{
    if (count > 0) {
        Step &step = draft.add(Op::kJoinCgroups);
        step.a = first;
        step.b = count;
    }
}

// spec: ProcTerminal, ExecTerminal
void make_terminal(Draft &draft, const oci::Process &process)
{
    draft.plan.terminal = process.terminal;
    if (!process.terminal) {
        return;
    }
    draft.plan.console_step = draft.next();
    Step &step = draft.add(Op::kConsole, {"/process/terminal"});
    step.c = process.user.uid;
    step.flags = init::kStdioOnly;
    if (process.console_size) {
        step.a = process.console_size->height;
        step.b = process.console_size->width;
    }
}

/// The root of the container's mount namespace, or the directory that its first process has for one.
void enter_root(Draft &draft)
{
    if (draft.own_root) {
        draft.add(Op::kNoMountRoot).s1 = "/";
    }
    draft.add(Op::kChroot);
}

}  // namespace

// spec: ExecCgroups, ExecLikeTheContainer, ExecUnseen, KeyringUnforeseen
Result<Plan> make_exec(const oci::Config &config, const oci::Process &process, const ExecRequest &request,
                       const Host &host)
{
    Request own;
    own.id = request.id;
    own.parks = false;
    own.preserve_fds = request.preserve_fds;
    own.filter = request.filter ? &*request.filter : nullptr;
    TRY(check_labels(config, &process, host.lsm));
    Draft draft(config, own, host);
    if (!draft.own_root) {
        draft.add(Op::kNoMountRoot).s1 = str("/proc/", request.init, "/root");
    }
    draft.add(Op::kAwait).a = static_cast<std::uint64_t>(Msg::kCgroup);
    // What was allocated on the way is not for the container to pay: its memory cgroup, the last, comes late.
    const std::size_t early = request.cgroups > 0 ? request.cgroups - 1 : 0;
    join_cgroups(draft, 0, early);
    draft.call(__NR_setsid, "starting a session");
    if (!request.keyring.empty()) {
        label_keyring(draft, process);
        draft.add(Op::kKeyring).s1 = request.keyring;
    }
    label_program(draft, process, false);
    enter_namespaces_of(draft, process);
    enter_root(draft);
    make_terminal(draft, process);
    TRY_LET(program, ProcessPlan::make(draft, process));
    const bool appears = draft.spaces.own(NamespaceType::kPid);
    if (appears && is_lost_by_fork(process)) {
        appear_adopted(draft);
    }
    program.prepare(draft);
    join_cgroups(draft, early, request.cgroups - early);
    set_final_affinity(draft, process);
    program.shrink(draft);
    bool filtered = false;
    if (appears && !is_lost_by_fork(process)) {
        filtered = filter_unseen(draft, program);
        appear_adopted(draft);
    }
    control_terminal(draft, process);
    program.execute(draft, filtered);
    return std::move(draft.plan);
}

}  // namespace rt::plan
