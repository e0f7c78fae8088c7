// SPDX-License-Identifier: Apache-2.0
//
// What sched_setattr(2), ioprio_set(2) and set_mempolicy(2) would refuse, whatever the machine.
#include <algorithm>

#include "base/str.h"
#include "oci/names.h"
#include "oci/rules.h"

namespace rt::oci {
namespace {

constexpr std::string_view kFits = "LinuxProcSchedulerFits";

template <class E>
bool has(const std::vector<E> &list, E entry)
{
    return std::ranges::find(list, entry) != list.end();
}

bool is_fair(SchedPolicy policy) { return policy == SchedPolicy::kOther || policy == SchedPolicy::kBatch; }
bool is_real_time(SchedPolicy policy) { return policy == SchedPolicy::kFifo || policy == SchedPolicy::kRr; }

/// What the kernel passes over in silence.
void warn_unused(const Scheduler &scheduler, const std::string &at, Findings &findings)
{
    const SchedPolicy policy = scheduler.policy;
    const auto warn = [&](bool used, std::uint64_t value, const char *name) {
        if (!used && value != 0) {
            findings.warning(str(at, '/', name), str("has no effect with ", word_of(policy)),
                             {.clause = kFits, .instead = "remove it"});
        }
    };
    const bool deadline = policy == SchedPolicy::kDeadline;
    warn(is_fair(policy), static_cast<std::uint64_t>(scheduler.nice.value_or(0)), "nice");
    // A slice, of the policies that share: Linux 6.12.
    warn(deadline || is_fair(policy), scheduler.runtime.value_or(0), "runtime");
    warn(deadline, scheduler.deadline.value_or(0), "deadline");
    warn(deadline, scheduler.period.value_or(0), "period");
}

void check_priority(const Scheduler &scheduler, const std::string &at, Findings &findings)
{
    constexpr std::int32_t kMost = 99;
    const std::int32_t priority = scheduler.priority.value_or(0);
    if (!is_real_time(scheduler.policy)) {
        if (priority != 0) {
            findings.error(at,
                           str("must be 0 or absent with ", word_of(scheduler.policy), ", got ", priority),
                           {.clause = kFits, .instead = "remove it"});
        }
    } else if (priority < 1 || priority > kMost) {
        findings.error(at, str("must be from 1 to 99 with ", word_of(scheduler.policy), ", got ", priority),
                       {.clause = kFits, .instead = priority < 1 ? "1" : "99"});
    }
}

void check_deadline(const Scheduler &scheduler, const std::string &at, Findings &findings)
{
    constexpr std::uint64_t kLeast = 1024;                      // DL_SCALE of the kernel
    constexpr std::uint64_t kTooMuch = std::uint64_t{1} << 63;  // the sign of its clock
    const std::uint64_t runtime = scheduler.runtime.value_or(0), deadline = scheduler.deadline.value_or(0);
    const std::uint64_t period = scheduler.period.value_or(0) == 0 ? deadline : *scheduler.period;
    if (runtime < kLeast) {
        findings.error(at + "/runtime",
                       str("must be at least ", kLeast, " ns with SCHED_DEADLINE, got ", runtime),
                       {.clause = kFits, .instead = str(kLeast)});
    } else if (runtime > deadline) {
        findings.error(at + "/deadline", str("must not be below runtime, got ", deadline, " and ", runtime),
                       {.clause = kFits, .instead = str(runtime)});
    } else if (deadline > period || period >= kTooMuch) {
        findings.error(at + "/period",
                       str("must not be below deadline nor above 2^63, got ", period, " and ", deadline),
                       {.clause = kFits, .instead = "remove it"});
    }
}

struct ModeRule {
    enum class Nodes : std::uint8_t { kNone, kAny, kSome };
    Nodes nodes;
    bool balances;  ///< MPOL_F_NUMA_BALANCING
};

/// In the order of MemoryPolicyMode.
constexpr ModeRule kModes[] = {
    {ModeRule::Nodes::kNone, false}, {ModeRule::Nodes::kAny, false},  {ModeRule::Nodes::kSome, true},
    {ModeRule::Nodes::kSome, false}, {ModeRule::Nodes::kNone, false}, {ModeRule::Nodes::kSome, true},
    {ModeRule::Nodes::kSome, false},
};

// spec: LinuxMemoryPolicyNodes, LinuxMemoryPolicyFlags
void check_memory_policy(const MemoryPolicy &policy, const std::string &at, Findings &findings)
{
    const ModeRule &rule = kModes[static_cast<std::size_t>(policy.mode)];
    const std::string_view mode = word_of(policy.mode);
    const bool fixed = has(policy.flags, MemoryPolicyFlag::kStaticNodes);
    const bool relative = has(policy.flags, MemoryPolicyFlag::kRelativeNodes);
    if (rule.nodes == ModeRule::Nodes::kNone && !policy.nodes.empty()) {
        findings.error(at + "/nodes", str("must be empty with ", mode),
                       {.clause = "LinuxMemoryPolicyNodes", .instead = "remove it"});
    }
    if (policy.nodes.empty() && (rule.nodes == ModeRule::Nodes::kSome ||
                                 (rule.nodes == ModeRule::Nodes::kAny && (fixed || relative)))) {
        findings.error(at + "/nodes", str("must have at least one node with ", mode),
                       {.clause = "LinuxMemoryPolicyNodes", .instead = R"("0")"});
    }
    const auto refuse = [&](std::string message) {
        findings.error(at + "/flags", std::move(message),
                       {.clause = "LinuxMemoryPolicyFlags", .instead = "remove it"});
    };
    if (fixed && relative) {
        refuse("MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
    } else if ((fixed || relative) && policy.mode == MemoryPolicyMode::kLocal) {
        refuse("MPOL_LOCAL has no nodes for a flag to be about");
    }
    if (has(policy.flags, MemoryPolicyFlag::kNumaBalancing) && !rule.balances) {
        refuse(str("MPOL_F_NUMA_BALANCING needs MPOL_BIND or MPOL_PREFERRED_MANY, not ", mode));
    }
}

}  // namespace

// spec: LinuxProcSchedulerFits
void check_scheduler(const Scheduler &scheduler, const std::string &at, Findings &findings)
{
    constexpr std::int32_t kLeastNice = -20, kMostNice = 19;
    const std::int32_t nice = scheduler.nice.value_or(0);
    if (nice < kLeastNice || nice > kMostNice) {
        findings.error(at + "/nice", str("must be from -20 to 19, got ", nice),
                       {.clause = kFits, .instead = nice < 0 ? "-20" : "19"});
        return;
    }
    if (has(scheduler.flags, SchedFlag::kKeepPolicy) || has(scheduler.flags, SchedFlag::kKeepParams)) {
        return;  // what it will be is up to what it was
    }
    warn_unused(scheduler, at, findings);
    check_priority(scheduler, at + "/priority", findings);
    if (scheduler.policy == SchedPolicy::kDeadline) {
        check_deadline(scheduler, at, findings);
    }
}

// spec: LinuxProcIOPriorityLevel
void check_io_priority(const IoPriority &io, const std::string &at, Findings &findings)
{
    if (io.priority < 0 || io.priority > 7) {
        findings.error(at + "/priority", str("must be from 0 to 7, got ", io.priority),
                       {.clause = "LinuxProcIOPriorityLevel", .instead = io.priority < 0 ? "0" : "7"});
    }
}

// spec: LinuxProcSchedulerFits
void check_scheduling(const Config &config, Findings &findings)
{
    if (config.linux_.memory_policy) {
        check_memory_policy(*config.linux_.memory_policy, "/linux/memoryPolicy", findings);
    }
    const bool hooks = !config.hooks.start_container.empty();
    const bool notifies = config.linux_.seccomp && config.linux_.seccomp->notifies();
    if (!config.process || !config.process->scheduler || (!hooks && !notifies)) {
        return;
    }
    const Scheduler &scheduler = *config.process->scheduler;
    if (scheduler.policy == SchedPolicy::kDeadline && !has(scheduler.flags, SchedFlag::kResetOnFork)) {
        findings.error("/process/scheduler/flags",
                       str("must hold SCHED_FLAG_RESET_ON_FORK: with SCHED_DEADLINE nothing else can ",
                           hooks ? "start the startContainer hooks" : "hand over the seccomp listener"),
                       {.clause = kFits,
                        .instead = R"(["SCHED_FLAG_RESET_ON_FORK"])",
                        .because = hooks ? "/hooks/startContainer" : "/linux/seccomp"});
    }
}

}  // namespace rt::oci
