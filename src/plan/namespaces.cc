// SPDX-License-Identifier: Apache-2.0
//
// Two ways in.  The short one: init is cloned into its pid namespace and makes or joins the rest
// itself.  The long one, where clone(2) can't give what is asked for (ids to be mapped first, a pid
// namespace to join, clocks to set before anyone is in their namespace): a first stage does that and
// forks the container's first process.
#include "plan/namespaces.h"

#include <asm/unistd.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#include <span>

#include "base/str.h"
#include "oci/names.h"
#include "plan/id_maps.h"
#include "plan/lsm.h"
#include "plan/mounts_before.h"
#include "plan/network.h"

namespace rt::plan {
namespace {

using init::Msg;
using init::Op;
using oci::NamespaceType;

constexpr const char *kSection = "/linux/namespaces";

// The mount namespace comes last, since after it "/proc" is another one.  Root, of the machine or of a
// user namespace, may join what it ever may until it enters another user namespace, which ends that; anybody
// else may join nothing before.
// spec: NSProcInPath
constexpr NamespaceType kJoinOrder[] = {NamespaceType::kPid,  NamespaceType::kNetwork, NamespaceType::kIpc,
                                        NamespaceType::kUts,  NamespaceType::kTime,    NamespaceType::kCgroup,
                                        NamespaceType::kMount};

constexpr NamespaceType kMadeTogether[] = {NamespaceType::kMount, NamespaceType::kUts, NamespaceType::kIpc,
                                           NamespaceType::kNetwork};

// spec: NSNewNSWithoutPath, NSInheritWithoutType
std::uint64_t made_flags(const Spaces &spaces, std::span<const NamespaceType> types)
{
    std::uint64_t flags = 0;
    for (const NamespaceType type : types) {
        flags |= spaces.made(type) ? oci::clone_flag(type) : 0;
    }
    return flags;
}

void unshare(Draft &draft, std::uint64_t flags)
{
    if (flags != 0) {
        draft.add(Op::kUnshare, {kSection}).a = flags;
    }
}

void join(Draft &draft, NamespaceType type)
{
    if (!draft.spaces.joined(type)) {
        return;
    }
    const std::int32_t index = draft.spaces.index(type);
    const std::string &path = draft.config.linux_.namespaces[static_cast<std::size_t>(index)].path;
    const Origin origin{kSection, index};
    draft.plan.joins.push_back({type, path, draft.next(), origin});
    Step &step = draft.add(Op::kSetns, origin);
    step.a = oci::clone_flag(type);
    step.subject = path;
}

void join_all(Draft &draft)
{
    for (const NamespaceType type : kJoinOrder) {
        join(draft, type);
    }
}

/// A process that cannot be traced owns nothing in /proc/self.
void set_dumpable(Draft &draft, bool dumpable)
{
    Step &step = draft.call(__NR_prctl, "owning /proc/self");
    step.a = PR_SET_DUMPABLE;
    step.b = dumpable ? 1 : 0;
}

Status enter_user_namespace(Draft &draft)
{
    if (draft.spaces.joined(NamespaceType::kUser)) {
        join(draft, NamespaceType::kUser);
        return {};
    }
    TRY(map_ids(draft));
    unshare(draft, oci::clone_flag(NamespaceType::kUser));
    const bool by_others = !draft.host.privileged;
    if (by_others) {
        set_dumpable(draft, true);  // the maps in /proc belong to our user, who is to write them
    }
    draft.add(Op::kTell).a = static_cast<std::uint64_t>(Msg::kUserNs);
    draft.add(Op::kAwait).a = static_cast<std::uint64_t>(Msg::kMapped);
    if (by_others) {
        set_dumpable(draft, false);
    }
    return {};
}

/// "monotonic 86400 0\nboottime -3600 500\n"
std::string offsets_text(const oci::Linux &linux_)
{
    std::string text;
    for (const auto &[clock, offset] : linux_.time_offsets) {
        text += str(clock, ' ', offset.secs, ' ', offset.nanosecs, '\n');
    }
    return text;
}

// spec: LinuxTimeOffsetsSet
void make_clocks(Draft &draft)
{
    const std::string text = offsets_text(draft.config.linux_);
    if (draft.spaces.made(NamespaceType::kTime) && !text.empty()) {
        const char *does = "setting the clocks of the time namespace";
        set_dumpable(draft, true);
        draft.write_proc("self/timens_offsets", text, does, {"/linux/timeOffsets"});
        set_dumpable(draft, false);
    }
}

/// Joins, and makes what shows the namespaces that were joined.  Whether init is in its pid namespace: who
/// mounts procfs has to be, where the kernel can't be told which one it is to show.
bool join_with_rights(Draft &draft, std::vector<MountWork> &works)
{
    join_all(draft);
    const bool forks =
        !draft.appears_late && !draft.spaces.made(NamespaceType::kTime) && shows_joined_pids(draft, works);
    if (forks) {
        draft.add(Op::kFork);
    }
    make_before_leaving(draft, works, forks);
    return forks;
}

Status first_stage(Draft &draft, std::vector<MountWork> &works)
{
    const Spaces &spaces = draft.spaces;
    const bool first = joins_first(draft.host);
    const bool forked = first && join_with_rights(draft, works);
    if (draft.user_namespace) {
        TRY(enter_user_namespace(draft));
    }
    if (!first) {
        join_all(draft);
    }
    constexpr NamespaceType kOfChildren[] = {NamespaceType::kPid, NamespaceType::kTime};
    const std::uint64_t children = made_flags(spaces, kOfChildren);
    unshare(draft, children);
    // Before the change of ids: /proc/self belongs to the ids init was started with.
    make_clocks(draft);
    if (draft.user_namespace) {
        become_root(draft, draft.config.process ? &*draft.config.process : nullptr);
    }
    if ((children != 0 || spaces.joined(NamespaceType::kPid)) && !draft.appears_late && !forked) {
        draft.add(Op::kFork);
    }
    return {};
}

/// Below /proc/sys.  "net.ipv4.ip_forward" and "net/ipv4/ip_forward" are the same; the first separator tells
/// which of the two the other one is a part of a name in ("net.ipv4.conf.eth0/1.forwarding"), as in
/// sysctl(8).
std::string sysctl_path(std::string_view key)
{
    std::string path(key);
    const std::size_t first = path.find_first_of("./");
    if (first == std::string::npos || path[first] == '/') {
        return path;
    }
    for (char &c : path) {
        if (c == '.') {
            c = '/';
        } else if (c == '/') {
            c = '.';
        }
    }
    return path;
}

void set_uts_name(Draft &draft, long call, const char *what, const std::string &name, Origin origin)
{
    if (!name.empty()) {
        Step &step = draft.call(call, str("setting ", what, " \"", name, '"'), origin);
        step.s1 = name;
        step.b = name.size();
    }
}

}  // namespace

// spec: CliNoNewKeyring
Status enter_namespaces(Draft &draft, std::vector<MountWork> &works)
{
    const Spaces &spaces = draft.spaces;
    draft.plan.own_pid_namespace = spaces.made(NamespaceType::kPid);
    const bool two_stages =
        draft.user_namespace || spaces.joined(NamespaceType::kPid) || spaces.made(NamespaceType::kTime);
    if (two_stages) {
        TRY(first_stage(draft, works));
    } else {
        draft.plan.clone_flags = draft.plan.own_pid_namespace ? CLONE_NEWPID : 0;
    }
    // spec: ProcSession
    draft.call(__NR_setsid, "starting a session");
    if (!draft.request.keyring.empty()) {
        if (draft.config.process) {
            label_keyring(draft, *draft.config.process);
        }
        draft.add(Op::kKeyring).s1 = draft.request.keyring;
    }
    if (!two_stages) {
        join_all(draft);
    }
    unshare(draft, made_flags(spaces, kMadeTogether));
    if (spaces.made(NamespaceType::kNetwork)) {
        draft.add(Op::kLoopback);
    }
    take_net_devices(draft);
    return {};
}

// spec: LinuxHostname, LinuxDomainname, LinuxSysctlSet
void set_kernel_state(Draft &draft)
{
    const oci::Config &config = draft.config;
    set_uts_name(draft, __NR_sethostname, "hostname", config.hostname, {"/hostname"});
    set_uts_name(draft, __NR_setdomainname, "domainname", config.domainname, {"/domainname"});
    for (const auto &[key, value] : config.linux_.sysctl) {
        // Nothing at all would be no write to the kernel.
        draft.write_proc(str("sys/", sysctl_path(key)), value.empty() ? "\n" : value,
                         str("setting sysctl \"", key, "\" to \"", value, '"'), {"/linux/sysctl"});
    }
}

}  // namespace rt::plan
