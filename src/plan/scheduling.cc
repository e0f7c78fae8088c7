// SPDX-License-Identifier: Apache-2.0
#include "plan/scheduling.h"

#include <asm/unistd.h>
#include <linux/sched/types.h>

#include "base/str.h"
#include "oci/names.h"

namespace rt::plan {
namespace {

// linux/ioprio.h, which is no C++.
constexpr std::uint64_t kWhoPgrp = 2;
constexpr unsigned kClassShift = 13;

template <class E>
std::uint32_t bits(const std::vector<E> &flags)
{
    std::uint32_t all = 0;
    for (const E flag : flags) {
        all |= static_cast<std::uint32_t>(flag);
    }
    return all;
}

// spec: LinuxMemoryPolicy
void set_memory_policy(Draft &draft, const oci::MemoryPolicy &policy)
{
    Step &step = draft.call(__NR_set_mempolicy, str("setting memory policy ", oci::word_of(policy.mode)),
                            {"/linux/memoryPolicy"});
    step.a = static_cast<std::uint32_t>(policy.mode) | bits(policy.flags);
    step.s2 = policy.nodes.mask();
    // The kernel counts from one: it takes a bit less than it is told.
    step.c = step.s2.empty() ? 0 : 8 * step.s2.size() + 1;
}

// spec: LinuxProcIOPriority
void set_io_priority(Draft &draft, const oci::IoPriority &io)
{
    Step &step =
        draft.call(__NR_ioprio_set, str("setting I/O priority ", oci::word_of(io.io_class), ' ', io.priority),
                   {"/process/ioPriority"});
    step.a = kWhoPgrp;
    step.c = static_cast<std::uint64_t>(io.io_class) << kClassShift | static_cast<std::uint64_t>(io.priority);
}

// spec: LinuxProcScheduler, LinuxProcSchedulerAbsent, LinuxProcSchedulerFlags
void set_scheduler(Draft &draft, const oci::Scheduler &scheduler)
{
    constexpr std::uint32_t kAsTheMachineHasIt = ~std::uint32_t{0};
    sched_attr attr = {};
    attr.size = sizeof attr;
    attr.sched_policy = static_cast<std::uint32_t>(scheduler.policy);
    attr.sched_flags = bits(scheduler.flags);
    attr.sched_nice = scheduler.nice.value_or(0);
    attr.sched_priority = static_cast<std::uint32_t>(scheduler.priority.value_or(0));
    attr.sched_runtime = scheduler.runtime.value_or(0);
    attr.sched_deadline = scheduler.deadline.value_or(0);
    attr.sched_period = scheduler.period.value_or(0);
    const auto clamp = [&attr](oci::SchedFlag flag) {
        return (attr.sched_flags & static_cast<std::uint32_t>(flag)) != 0 ? kAsTheMachineHasIt : 0;
    };
    attr.sched_util_min = clamp(oci::SchedFlag::kUtilClampMin);
    attr.sched_util_max = clamp(oci::SchedFlag::kUtilClampMax);
    Step &step = draft.call(__NR_sched_setattr, str("setting scheduler ", oci::word_of(scheduler.policy)),
                            {"/process/scheduler"});
    step.s2.assign(reinterpret_cast<const char *>(&attr), sizeof attr);
}

}  // namespace

void set_scheduling(Draft &draft, const oci::Process &process)
{
    if (draft.config.linux_.memory_policy) {
        set_memory_policy(draft, *draft.config.linux_.memory_policy);
    }
    if (process.io_priority) {
        set_io_priority(draft, *process.io_priority);
    }
    if (process.scheduler) {
        set_scheduler(draft, *process.scheduler);
    }
}

bool is_lost_by_fork(const oci::Process &process)
{
    constexpr auto kReset = static_cast<std::uint32_t>(oci::SchedFlag::kResetOnFork);
    const auto &scheduler = process.scheduler;
    return scheduler &&
           (scheduler->policy == oci::SchedPolicy::kDeadline || (bits(scheduler->flags) & kReset) != 0);
}

// spec: LinuxProcExecCPUAffinityList
Affinity affinity(const oci::Process &process)
{
    const oci::ExecCpuAffinity asked = process.exec_cpu_affinity.value_or(oci::ExecCpuAffinity{});
    return {asked.initial.mask(), asked.final.mask()};
}

// spec: LinuxProcExecCPUAffinityFinal
void set_final_affinity(Draft &draft, const oci::Process &process)
{
    const std::string mask = affinity(process).final;
    if (!mask.empty()) {
        Step &step = draft.call(__NR_sched_setaffinity, "setting the CPU affinity",
                                {"/process/execCPUAffinity/final"});
        step.b = mask.size();
        step.more().s3 = mask;
    }
}

}  // namespace rt::plan
