// SPDX-License-Identifier: Apache-2.0
#include "container/adjust.h"

#include <cerrno>

#include "base/str.h"
#include "container/failure.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "oci/names.h"

namespace rt::container {
namespace {

constexpr unsigned kCapSysResource = 24;
constexpr const char *kOwnScore = "self/oom_score_adj";

}  // namespace

Result<RaisedLimits> RaisedLimits::raise(std::span<const plan::Limit> limits)
{
    RaisedLimits raised;
    for (const plan::Limit &limit : limits) {
        TRY_LET(own, kernel::prlimit(0, limit.resource));
        if (limit.hard > own.rlim_max) {
            Status set = kernel::prlimit(0, limit.resource, {own.rlim_cur, limit.hard});
            if (!set && set.error().err() == EPERM) {
                return std::move(set)
                    .error()
                    .context(str("raising ", oci::rlimit_type(limit.resource)))
                    .hint(no_such_limit(limit.resource, limit.hard));
            }
            TRY(std::move(set));
            raised.before_.emplace_back(limit.resource, own);
        }
    }
    return raised;
}

RaisedLimits::~RaisedLimits()
{
    for (const auto &[resource, own] : before_) {
        (void)kernel::prlimit(0, resource, own);
    }
}

// spec: RootlessOomScore
Result<BornScore> BornScore::take(FdRef procfs, plan::Plan &plan, const plan::Host &host)
{
    BornScore born;
    if (host.privileged || !plan.oom_score_adj) {
        return born;
    }
    TRY_LET(before, kernel::read_file(procfs, kOwnScore, 16));
    if (kernel::write_file(procfs, kOwnScore, str(*plan.oom_score_adj))) {
        plan.oom_score_adj.reset();
        born.procfs_ = procfs;
        born.before_ = std::move(before);
    }
    return born;
}

BornScore::~BornScore()
{
    if (!before_.empty()) {
        (void)kernel::write_file(procfs_, kOwnScore, before_);
    }
}

// spec: LinuxProcOomScoreAdjSet, ProcPropsApplyOnCreate
Result<bool> set_oom_score_adj(FdRef procfs, pid_t pid, const plan::Plan &plan, const plan::Host &host)
{
    if (!plan.oom_score_adj) {
        return true;
    }
    Status written = kernel::write_file(procfs, str(pid, "/oom_score_adj"), str(*plan.oom_score_adj));
    const bool may_lower = host.privileged && (host.capabilities >> kCapSysResource & 1) != 0;
    if (!written && written.error().err() == EACCES && !may_lower) {
        return false;
    }
    TRY(std::move(written));
    return true;
}

Result<Reserve> set_aside(FdRef any)
{
    Reserve reserve;
    for (Fd &fd : reserve) {
        TRY_LET(copy, kernel::dup(any));
        fd = std::move(copy);
    }
    return reserve;
}

}  // namespace rt::container
