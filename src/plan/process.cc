// SPDX-License-Identifier: Apache-2.0
#include "plan/process.h"

#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sys/personality.h>

#include <algorithm>
#include <bit>
#include <string_view>

#include "base/str.h"
#include "oci/annotations.h"
#include "oci/names.h"
#include "plan/id_maps.h"
#include "plan/scheduling.h"
#include "plan/seccomp.h"

namespace rt::plan {
namespace {

using init::Op;

constexpr std::uint64_t kSysAdmin = std::uint64_t{1} << CAP_SYS_ADMIN;
constexpr std::uint32_t kFirstFd = 3;
constexpr const char *kCapabilities = "/process/capabilities";

/// All capabilities this kernel has.
std::uint64_t all_capabilities(const Host &host)
{
    return host.last_capability >= 63 ? ~std::uint64_t{0}
                                      : (std::uint64_t{1} << (host.last_capability + 1)) - 1;
}

/// Whoever enters a user namespace has all of them there.
std::uint64_t grantable(const Draft &draft)
{
    const std::uint64_t all = all_capabilities(draft.host);
    return draft.user_namespace ? all : all & draft.host.capabilities;
}

// spec: SeccompUnknownName
void warn_of(const std::vector<std::string> &unknown_syscalls, std::vector<std::string> &warnings)
{
    if (unknown_syscalls.empty()) {
        return;
    }
    std::string line = "/linux/seccomp/syscalls: left out as unknown:";
    for (const std::string &name : unknown_syscalls) {
        line += str(&name == unknown_syscalls.data() ? " " : ", ", name);
    }
    warnings.push_back(std::move(line));
}

Status find_filter(Draft &draft)
{
    if (!draft.config.linux_.seccomp) {
        return {};
    }
    if (draft.request.filter != nullptr) {
        draft.plan.filter = *draft.request.filter;
        return {};
    }
    TRY_LET(program, compile_seccomp(*draft.config.linux_.seccomp));
    draft.plan.filter = std::move(program);
    warn_of(draft.plan.filter->unknown_syscalls, draft.plan.warnings);
    return {};
}

Step &prctl(Draft &draft, const char *does, std::uint64_t option, std::uint64_t argument, Origin origin = {})
{
    Step &step = draft.call(__NR_prctl, does, origin);
    step.a = option;
    step.b = argument;
    return step;
}

// spec: LinuxPersonality
void set_personality(Draft &draft)
{
    if (const auto &personality = draft.config.linux_.personality) {
        draft.call(__NR_personality, "setting the personality", {"/linux/personality"}).a =
            oci::personality_domain(personality->domain).value_or(PER_LINUX);
    }
}

/// Also without any: the caller's are gone.
void set_groups(Draft &draft, const std::vector<std::uint32_t> &gids)
{
    Step &step = draft.call(__NR_setgroups, "setting additional groups", {"/process/user/additionalGids"});
    step.a = gids.size();
    step.s2.assign(reinterpret_cast<const char *>(gids.data()), gids.size() * sizeof gids[0]);
    // A user namespace that somebody else made may have it denied, as ours.
    step.flags = flag_if((!draft.host.privileged || denies_setgroups(draft)) && gids.empty(), init::kMayFail);
}

// spec: AnnotationKeepGroups
/// As crun has it, and podman asks for it (--group-add keep-groups): the annotation's value says nothing.
bool keeps_groups(const oci::Config &config)
{
    return config.annotations.contains(std::string(oci::kKeepGroups));
}

// spec: RootlessGroups
Status check_groups(const Draft &draft, const oci::Process &process)
{
    if (process.user.additional_gids.empty() || keeps_groups(draft.config) || !denies_setgroups(draft)) {
        return {};
    }
    return Error::input_at("/process/user/additionalGids",
                           "nobody may set groups where gidMappings has but the group of its own maker")
        .hint("map more groups, or keep the caller's with the annotation run.oci.keep_original_groups");
}

/// What of it is left out is told to `warnings`.
CapabilitySets granted(const Draft &draft, const oci::Process &process, std::vector<std::string> &warnings)
{
    CapabilitySets sets = capability_sets(process.capabilities, grantable(draft), warnings);
    if (keeps_groups(draft.config) && !process.user.additional_gids.empty()) {
        warnings.emplace_back("/process/user/additionalGids: left out, since the caller's are kept");
    }
    return sets;
}

/// What the container's own process was not given either: told when it was made, and exec's stderr is its
/// command's.
// spec: WarningsOnce
void drop_told(Draft &draft)
{
    std::vector<std::string> told;
    granted(draft, *draft.config.process, told);
    std::erase_if(draft.plan.warnings,
                  [&](const std::string &warning) { return std::ranges::find(told, warning) != told.end(); });
}

/// What turns out not to be permitted and inheritable: the spec wants the container to start all the same.
void raise_ambient(Draft &draft, std::uint64_t mask)
{
    const char *does = "setting ambient capabilities";
    prctl(draft, does, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, {kCapabilities});
    for (; mask != 0; mask &= mask - 1) {
        Step &step = prctl(draft, does, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, {kCapabilities});
        step.c = static_cast<std::uint64_t>(std::countr_zero(mask));
        step.flags = init::kMayFail;
    }
}

}  // namespace

// spec: LinuxProcOomScoreAdjSet, LinuxProcOomScoreAdjNotSet
Result<ProcessPlan> ProcessPlan::make(Draft &draft, const oci::Process &process)
{
    ProcessPlan out(process);
    out.env_ = environment(process, draft.request.listen_fds);
    out.sets_ = granted(draft, process, draft.plan.warnings);
    if (draft.config.process && &process != &*draft.config.process && !draft.plan.warnings.empty()) {
        drop_told(draft);
    }
    draft.plan.oom_score_adj = process.oom_score_adj;
    TRY(check_groups(draft, process));
    for (std::size_t i = 0; i < process.rlimits.size(); ++i) {
        if (!oci::rlimit_resource(process.rlimits[i].type)) {
            return Error::input_at(str("/process/rlimits/", i, "/type"),
                                   str("not a resource limit: \"", process.rlimits[i].type, '"'));
        }
    }
    TRY(find_filter(draft));
    return out;
}

// spec: ProcCwd
void ProcessPlan::prepare(Draft &draft) const
{
    // As root first, which may make the directory; a user who alone may enter it tries again.
    Step &step = draft.add(Op::kChdir, {"/process/cwd"});
    step.s1 = process_.cwd;
    step.flags = flag_if(process_.user.uid != 0, init::kMayFail);
    if (!draft.user_namespace) {
        limits(draft, true);
    }
    set_personality(draft);
    set_scheduling(draft, process_);
}

// spec: PosixProcRlimitsSoftMatchCur, PosixProcRlimitsHardMatchMax, PosixProcRlimitsTypeGet
/// A hard limit can be raised only outside of user namespaces, by init while it is privileged or by
/// the parent; what the program gets is set at the end, where low values no longer hurt ourselves.
void ProcessPlan::limits(Draft &draft, bool raise_only) const
{
    for (std::size_t i = 0; i < process_.rlimits.size(); ++i) {
        const oci::Rlimit &limit = process_.rlimits[i];
        const int resource = *oci::rlimit_resource(limit.type);
        Step &step = draft.add(Op::kRlimit, {"/process/rlimits", static_cast<std::int32_t>(i)});
        step.a = static_cast<std::uint64_t>(resource);
        step.b = limit.soft;
        step.c = limit.hard;
        step.flags = flag_if(raise_only, init::kRaiseOnly);
        step.subject = limit.type;
        if (draft.user_namespace && !raise_only) {
            draft.plan.limits.push_back({resource, limit.soft, limit.hard});
        }
    }
}

// spec: ProcUserImplement, ProcUserUmask, ProcUserAdditionalGids, LinuxProcCapabilities
// spec: LinuxProcNoNewPrivileges, SeccompWithoutNoNewPrivileges
void ProcessPlan::shrink(Draft &draft) const
{
    const oci::User &user = process_.user;
    if (std::find(env_.begin(), env_.end(), kHomeSlot) != env_.end()) {
        draft.add(Op::kHome).a = user.uid;
    }
    // capset(2) lets nothing become inheritable that is not bounding; later that would be all.
    if ((sets_.inheritable & ~sets_.bounding) != 0) {
        Step &step = draft.add(Op::kCapset, {kCapabilities});
        step.a = step.b = grantable(draft);
        step.c = sets_.inheritable;
    }
    draft.add(Op::kBoundingDrop, {kCapabilities}).a = sets_.bounding;
    prctl(draft, "keeping capabilities", PR_SET_KEEPCAPS, 1);
    if (!keeps_groups(draft.config)) {
        set_groups(draft, user.additional_gids);
    }
    Step &ids = draft.add(Op::kIds, {"/process/user"});
    ids.a = user.uid;
    ids.b = user.gid;
    // spec: ProcUserUmaskAbsent
    ids.c = user.umask ? *user.umask : init::kNoUmask;
    prctl(draft, "keeping capabilities no longer", PR_SET_KEEPCAPS, 0);
    if (user.uid != 0) {
        draft.add(Op::kChdir, {"/process/cwd"}).s1 = process_.cwd;
    }
    // The right to install the filter goes at execve(2), which makes the permitted set anew from the
    // bounding, inheritable and ambient ones, and so never reaches a hook or the program, nor does the
    // filter have to allow a capset(2).
    set_capabilities(draft, filter_wants_right(draft) ? kSysAdmin : 0);
    raise_ambient(draft, sets_.ambient);
    if (process_.no_new_privileges) {
        prctl(draft, "giving up new privileges", PR_SET_NO_NEW_PRIVS, 1, {"/process/noNewPrivileges"});
    }
}

void ProcessPlan::set_capabilities(Draft &draft, std::uint64_t extra) const
{
    Step &capset = draft.add(Op::kCapset, {kCapabilities});
    capset.a = sets_.effective | extra;
    capset.b = sets_.permitted | extra;
    capset.c = sets_.inheritable;
}

void ProcessPlan::install_filter(Draft &draft) const
{
    Step &step = draft.add(Op::kSeccomp, {"/linux/seccomp"});
    const std::vector<sock_filter> &filter = draft.plan.filter->instructions;
    step.a = draft.plan.filter->flags;
    step.more().bytes.assign(reinterpret_cast<const char *>(filter.data()), filter.size() * sizeof filter[0]);
}

bool ProcessPlan::filter_before(Draft &draft, std::span<const NativeCall> calls) const
{
    constexpr NativeCall kOwn[] = {{__NR_capset}, {__NR_prlimit64}, {__NR_close_range}, {__NR_execve}};
    if (!filter_wants_right(draft)) {
        return false;
    }
    const SeccompProgram &filter = *draft.plan.filter;
    // A listener's system calls wait for who answers them, from the first on.
    if ((filter.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0 || !lets_through(filter.instructions, kOwn) ||
        !lets_through(filter.instructions, calls)) {
        return false;
    }
    install_filter(draft);
    set_capabilities(draft, 0);
    return true;
}

// spec: CreateFindsProgram
void ProcessPlan::look(Draft &draft) const
{
    Step &step = draft.add(Op::kFind, {"/process/args"});
    step.subject = process_.args[0];
    step.more().w1 = candidates(process_.args[0], env_);
    step.more().w2 = {process_.args[0]};
}

// spec: ProcArgs, ProcImplement
void ProcessPlan::execute(Draft &draft, bool filtered) const
{
    limits(draft, false);
    draft.add(Op::kCloseFds).a =
        std::uint64_t{kFirstFd} + draft.request.preserve_fds + draft.request.listen_fds;
    if (draft.plan.filter && !filtered) {
        install_filter(draft);
    }
    Step &step = draft.add(Op::kExec, {"/process/args"});
    step.more().w1 = candidates(process_.args[0], env_);
    step.more().w2 = process_.args;
    step.w3 = env_;
}

}  // namespace rt::plan
