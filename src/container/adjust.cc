// SPDX-License-Identifier: Apache-2.0
#include "container/adjust.h"

#include <cerrno>

#include "base/str.h"
#include "container/failure.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

constexpr unsigned kCapSysResource = 24;

}  // namespace

Result<RaisedLimits> RaisedLimits::raise(std::span<const plan::Limit> limits)
{
    RaisedLimits raised;
    for (const plan::Limit &limit : limits) {
        TRY_LET(own, kernel::prlimit(0, limit.resource));
        if (limit.hard > own.rlim_max) {
            Status set = kernel::prlimit(0, limit.resource, {own.rlim_cur, limit.hard});
            if (!set && set.error().err() == EPERM) {
                return std::move(set).error().hint(no_such_limit(limit.resource, limit.hard));
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

// spec: LinuxProcOomScoreAdjSet, ProcPropsApplyOnCreate
Result<bool> set_oom_score_adj(FdRef procfs, pid_t pid, const plan::Plan &plan, std::uint64_t capabilities)
{
    if (!plan.oom_score_adj) {
        return true;
    }
    Status written = kernel::write_file(procfs, str(pid, "/oom_score_adj"), str(*plan.oom_score_adj));
    const bool may_lower = (capabilities >> kCapSysResource & 1) != 0;
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
