// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_draft.h"

#include <linux/mount.h>

#include <algorithm>
#include <utility>

#include "base/str.h"
#include "oci/names.h"
#include "plan/id_maps.h"
#include "plan/scheduling.h"

namespace rt::plan {
namespace {

using init::Msg;
using init::Op;
using oci::NamespaceType;

/// Enough for what every container has, and the steps of a mount.
constexpr std::size_t kStepsAlways = 64;
constexpr std::size_t kStepsPerMount = 5;

bool is_v1_memory(const CgroupPlan &cgroup, const CgroupHost &host)
{
    const Hierarchy &last = host.hierarchies[cgroup.dirs.back().hierarchy];
    return !last.v2 &&
           std::find(last.controllers.begin(), last.controllers.end(), "memory") != last.controllers.end();
}

/// Hooks are told a pid, which is to be the container's; and what fork(2) or pids.max does not let through
/// has to come before.
// spec: JoinUnseen
bool comes_late(const oci::Config &config, const Spaces &spaces, const Host &host)
{
    const auto &process = config.process;
    const auto &resources = config.linux_.resources;
    const bool alone = resources && resources->pids && resources->pids->limit == 1;
    return host.proc_takes_pidns && spaces.joined(NamespaceType::kPid) && !alone && process &&
           !process->args.empty() && !is_lost_by_fork(*process) && !config.hooks.before_start();
}

Opener opener_of(const Spaces &spaces, const Host &host)
{
    if (!spaces.own(NamespaceType::kUser)) {
        return Opener::kInit;
    }
    if (host.privileged) {
        return Opener::kParent;
    }
    return spaces.made(NamespaceType::kMount) && is_root(host) ? Opener::kBoth : Opener::kInit;
}

bool is_private(const oci::Linux &linux_)
{
    constexpr std::uint32_t kClosed = MS_PRIVATE | MS_UNBINDABLE;
    return linux_.rootfs_propagation && (oci::mount_flags(*linux_.rootfs_propagation) & kClosed) != 0;
}

}  // namespace

bool Origin::operator==(const Origin &other) const
{
    return std::string_view(section) == other.section && index == other.index;
}

std::string Origin::pointer() const { return index < 0 ? std::string(section) : str(section, '/', index); }

Detail &Step::more() { return detail.empty() ? detail.emplace_back() : detail.front(); }

const Detail &Step::more() const
{
    static const Detail kNone;
    return detail.empty() ? kNone : detail.front();
}

Spaces::Spaces(const oci::Linux &linux_)
{
    for (std::size_t i = 0; i < linux_.namespaces.size(); ++i) {
        const oci::Namespace &space = linux_.namespaces[i];
        rows_[static_cast<std::size_t>(space.type)] = {space.path.empty() ? Kind::kMade : Kind::kJoined,
                                                       static_cast<std::int32_t>(i)};
    }
}

Draft::Draft(const oci::Config &config_, const Request &request_, const Host &host_)
    : config(config_), request(request_), host(host_), spaces(config_.linux_),
      own_root(spaces.own(NamespaceType::kMount)), user_namespace(spaces.own(NamespaceType::kUser)),
      opener(opener_of(spaces, host_)), appears_late(comes_late(config, spaces, host)),
      private_root(is_private(config_.linux_))
{
    plan.steps.reserve(kStepsAlways + kStepsPerMount * config.mounts.size() +
                       config.linux_.masked_paths.size() + config.linux_.readonly_paths.size());
}

Step &Draft::add(Op op, Origin origin)
{
    Step &step = plan.steps.emplace_back();
    step.op = op;
    step.origin = origin;
    return step;
}

Step &Draft::call(long number, std::string does, Origin origin)
{
    Step &step = add(Op::kCall, origin);
    step.n = static_cast<std::uint32_t>(number);
    step.subject = std::move(does);
    return step;
}

Step &Draft::write_proc(std::string path, std::string text, std::string does, Origin origin)
{
    Step &step = add(Op::kWrite, origin);
    step.s1 = std::move(path);
    step.s2 = std::move(text);
    step.subject = std::move(does);
    return step;
}

/// The descriptors that come with Msg::kCgroup: of every hierarchy init was not born in.
std::size_t Draft::cgroup_fds() const { return plan.cgroup.dirs.size() - (plan.cgroup.born_in ? 1 : 0); }

void Draft::enter_cgroups()
{
    if (in_cgroups_) {
        return;
    }
    in_cgroups_ = true;
    if (!plan.cgroup.dirs.empty()) {
        add(Op::kAwait).a = static_cast<std::uint64_t>(Msg::kCgroup);
    }
    const bool made = spaces.made(NamespaceType::kCgroup);
    std::size_t count = cgroup_fds();
    // The root of a cgroup namespace is where its maker is: then memory can't come later.
    if (count > 0 && !made && is_v1_memory(plan.cgroup, host.cgroups)) {
        --count;
    }
    if (count > 0) {
        add(Op::kJoinCgroups).b = count;
    }
    if (made) {
        add(Op::kUnshare).a = oci::clone_flag(NamespaceType::kCgroup);
    }
}

void enter_last_cgroup(Draft &draft)
{
    draft.enter_cgroups();
    if (draft.cgroup_fds() > 0 && !draft.spaces.made(NamespaceType::kCgroup) &&
        is_v1_memory(draft.plan.cgroup, draft.host.cgroups)) {
        Step &step = draft.add(Op::kJoinCgroups);
        step.a = draft.cgroup_fds() - 1;
        step.b = 1;
    }
}

std::string below(std::string_view base, std::string_view path)
{
    return path.starts_with('/') ? std::string(path) : str(base, '/', path);
}

std::string plain_path(std::string_view path)
{
    std::string plain;
    plain.reserve(path.size() + 1);
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view part = path.substr(0, end);
        if (!part.empty() && part != ".") {
            plain += '/';
            plain += part;
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return plain.empty() ? "/" : plain;
}

}  // namespace rt::plan
