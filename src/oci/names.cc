// SPDX-License-Identifier: Apache-2.0
#include "oci/names.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace rt::oci {
namespace {

// clang-format off

// spec: NSTypeValueError
constexpr auto kNamespaceTypes = std::to_array<Word<NamespaceType>>({
    {"cgroup",  NamespaceType::kCgroup},
    {"ipc",     NamespaceType::kIpc},
    {"mount",   NamespaceType::kMount},
    {"network", NamespaceType::kNetwork},
    {"pid",     NamespaceType::kPid},
    {"time",    NamespaceType::kTime},
    {"user",    NamespaceType::kUser},
    {"uts",     NamespaceType::kUts},
});

constexpr auto kDeviceTypes = std::to_array<Word<DeviceType>>({
    {"a", DeviceType::kAll},
    {"b", DeviceType::kBlock},
    {"c", DeviceType::kChar},
    {"p", DeviceType::kFifo},
    {"u", DeviceType::kUnbuffered},
});

constexpr auto kSeccompActions = std::to_array<Word<SeccompAction>>({
    {"SCMP_ACT_ALLOW",        SeccompAction::kAllow},
    {"SCMP_ACT_ERRNO",        SeccompAction::kErrno},
    {"SCMP_ACT_KILL",         SeccompAction::kKillThread},
    {"SCMP_ACT_KILL_PROCESS", SeccompAction::kKillProcess},
    {"SCMP_ACT_KILL_THREAD",  SeccompAction::kKillThread},
    {"SCMP_ACT_LOG",          SeccompAction::kLog},
    {"SCMP_ACT_NOTIFY",       SeccompAction::kNotify},
    {"SCMP_ACT_TRACE",        SeccompAction::kTrace},
    {"SCMP_ACT_TRAP",         SeccompAction::kTrap},
});

constexpr auto kSeccompOperators = std::to_array<Word<SeccompOperator>>({
    {"SCMP_CMP_EQ",        SeccompOperator::kEq},
    {"SCMP_CMP_GE",        SeccompOperator::kGe},
    {"SCMP_CMP_GT",        SeccompOperator::kGt},
    {"SCMP_CMP_LE",        SeccompOperator::kLe},
    {"SCMP_CMP_LT",        SeccompOperator::kLt},
    {"SCMP_CMP_MASKED_EQ", SeccompOperator::kMaskedEq},
    {"SCMP_CMP_NE",        SeccompOperator::kNe},
});

// spec: LinuxRootfsPropagationKnown
constexpr auto kPropagations = std::to_array<Word<Propagation>>({
    {"private",     Propagation::kPrivate},
    {"rprivate",    Propagation::kRprivate},
    {"rshared",     Propagation::kRshared},
    {"rslave",      Propagation::kRslave},
    {"runbindable", Propagation::kRunbindable},
    {"shared",      Propagation::kShared},
    {"slave",       Propagation::kSlave},
    {"unbindable",  Propagation::kUnbindable},
});

// spec: LinuxProcSchedulerPolicy
constexpr auto kSchedPolicies = std::to_array<Word<SchedPolicy>>({
    {"SCHED_BATCH",    SchedPolicy::kBatch},
    {"SCHED_DEADLINE", SchedPolicy::kDeadline},
    {"SCHED_FIFO",     SchedPolicy::kFifo},
    {"SCHED_IDLE",     SchedPolicy::kIdle},
    {"SCHED_ISO",      SchedPolicy::kIso},
    {"SCHED_OTHER",    SchedPolicy::kOther},
    {"SCHED_RR",       SchedPolicy::kRr},
});

// spec: LinuxProcSchedulerFlags
constexpr auto kSchedFlags = std::to_array<Word<SchedFlag>>({
    {"SCHED_FLAG_DL_OVERRUN",     SchedFlag::kDlOverrun},
    {"SCHED_FLAG_KEEP_PARAMS",    SchedFlag::kKeepParams},
    {"SCHED_FLAG_KEEP_POLICY",    SchedFlag::kKeepPolicy},
    {"SCHED_FLAG_RECLAIM",        SchedFlag::kReclaim},
    {"SCHED_FLAG_RESET_ON_FORK",  SchedFlag::kResetOnFork},
    {"SCHED_FLAG_UTIL_CLAMP_MAX", SchedFlag::kUtilClampMax},
    {"SCHED_FLAG_UTIL_CLAMP_MIN", SchedFlag::kUtilClampMin},
});

// spec: LinuxProcIOPriorityClass
constexpr auto kIoClasses = std::to_array<Word<IoClass>>({
    {"IOPRIO_CLASS_BE",   IoClass::kBe},
    {"IOPRIO_CLASS_IDLE", IoClass::kIdle},
    {"IOPRIO_CLASS_RT",   IoClass::kRt},
});

// spec: LinuxMemoryPolicyMode
constexpr auto kMemoryPolicyModes = std::to_array<Word<MemoryPolicyMode>>({
    {"MPOL_BIND",                MemoryPolicyMode::kBind},
    {"MPOL_DEFAULT",             MemoryPolicyMode::kDefault},
    {"MPOL_INTERLEAVE",          MemoryPolicyMode::kInterleave},
    {"MPOL_LOCAL",               MemoryPolicyMode::kLocal},
    {"MPOL_PREFERRED",           MemoryPolicyMode::kPreferred},
    {"MPOL_PREFERRED_MANY",      MemoryPolicyMode::kPreferredMany},
    {"MPOL_WEIGHTED_INTERLEAVE", MemoryPolicyMode::kWeightedInterleave},
});

// spec: LinuxMemoryPolicyFlags
constexpr auto kMemoryPolicyFlags = std::to_array<Word<MemoryPolicyFlag>>({
    {"MPOL_F_NUMA_BALANCING", MemoryPolicyFlag::kNumaBalancing},
    {"MPOL_F_RELATIVE_NODES", MemoryPolicyFlag::kRelativeNodes},
    {"MPOL_F_STATIC_NODES",   MemoryPolicyFlag::kStaticNodes},
});

// In the order of the kernel's numbers, linux/capability.h.
constexpr auto kCapabilities = std::to_array<std::string_view>({
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
    "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
    "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
});
static_assert(kCapabilities.size() == kLastCapability + 1);

// spec: PosixProcRlimitsTypeGenError
constexpr auto kRlimits = std::to_array<Word<int>>({
    {"RLIMIT_AS",         RLIMIT_AS},
    {"RLIMIT_CORE",       RLIMIT_CORE},
    {"RLIMIT_CPU",        RLIMIT_CPU},
    {"RLIMIT_DATA",       RLIMIT_DATA},
    {"RLIMIT_FSIZE",      RLIMIT_FSIZE},
    {"RLIMIT_LOCKS",      RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK",    RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE",   RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE",       RLIMIT_NICE},
    {"RLIMIT_NOFILE",     RLIMIT_NOFILE},
    {"RLIMIT_NPROC",      RLIMIT_NPROC},
    {"RLIMIT_RSS",        RLIMIT_RSS},
    {"RLIMIT_RTPRIO",     RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME",     RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK",      RLIMIT_STACK},
});

// By number; the first name of a number is the one we print.
constexpr auto kSignals = std::to_array<Word<int>>({
    {"HUP", SIGHUP}, {"INT", SIGINT}, {"QUIT", SIGQUIT}, {"ILL", SIGILL}, {"TRAP", SIGTRAP},
    {"ABRT", SIGABRT}, {"IOT", SIGIOT}, {"BUS", SIGBUS}, {"FPE", SIGFPE}, {"KILL", SIGKILL},
    {"USR1", SIGUSR1}, {"SEGV", SIGSEGV}, {"USR2", SIGUSR2}, {"PIPE", SIGPIPE}, {"ALRM", SIGALRM},
    {"TERM", SIGTERM}, {"STKFLT", SIGSTKFLT}, {"CHLD", SIGCHLD}, {"CLD", SIGCHLD}, {"CONT", SIGCONT},
    {"STOP", SIGSTOP}, {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU}, {"URG", SIGURG},
    {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ}, {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF},
    {"WINCH", SIGWINCH}, {"IO", SIGIO}, {"POLL", SIGPOLL}, {"PWR", SIGPWR}, {"SYS", SIGSYS},
});

constexpr auto kSeccompArchs = std::to_array<std::string_view>({
    "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS",
    "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64",
    "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_PPC",
    "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390", "SCMP_ARCH_S390X",
    "SCMP_ARCH_SH", "SCMP_ARCH_SHEB", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64",
});

// linux/seccomp.h, Linux 5.19; older headers lack the last.
constexpr std::uint32_t kWaitKillableRecv = 1U << 5U;

constexpr auto kSeccompFlags = std::to_array<Word<std::uint32_t>>({
    {"SECCOMP_FILTER_FLAG_LOG",                SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW",         SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_TSYNC",              SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", kWaitKillableRecv},
});

struct NamespaceKind {
    std::uint64_t clone_flag;
    std::string_view proc_name;
};

constexpr std::uint64_t kCloneNewtime = 0x80;  // CLONE_NEWTIME, Linux 5.6

// In the order of NamespaceType.
constexpr auto kNamespaceKinds = std::to_array<NamespaceKind>({
    {CLONE_NEWPID,    "pid"},
    {CLONE_NEWNET,    "net"},
    {CLONE_NEWNS,     "mnt"},
    {CLONE_NEWIPC,    "ipc"},
    {CLONE_NEWUTS,    "uts"},
    {CLONE_NEWUSER,   "user"},
    {CLONE_NEWCGROUP, "cgroup"},
    {kCloneNewtime,   "time"},
});

// In the order of Propagation.
constexpr auto kPropagationFlags = std::to_array<std::uint32_t>({
    MS_SHARED, MS_SHARED | MS_REC, MS_SLAVE, MS_SLAVE | MS_REC,
    MS_PRIVATE, MS_PRIVATE | MS_REC, MS_UNBINDABLE, MS_UNBINDABLE | MS_REC,
});

// clang-format on

// The C library keeps the first two of the kernel's 32 to 64 for itself.
constexpr int kRtMax = 64;
constexpr int kLibcRtMin = 34;

std::optional<int> whole_number(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool digit_first = !text.empty() && text.front() >= '0' && text.front() <= '9';
    return digit_first && error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                                   : std::nullopt;
}

/// "RTMIN", "RTMIN+3", "RTMAX-1", where RTMIN is what a program linked to a libc means by it.
std::optional<int> realtime_signal(std::string_view name)
{
    const bool from_min = name.starts_with("RTMIN");
    if (!from_min && !name.starts_with("RTMAX")) {
        return std::nullopt;
    }
    const std::string_view offset = name.substr(5);
    const int base = from_min ? kLibcRtMin : kRtMax;
    if (offset.empty()) {
        return base;
    }
    const std::optional<int> steps = whole_number(offset.substr(1));
    if (offset.front() != (from_min ? '+' : '-') || !steps || *steps > kRtMax - kLibcRtMin) {
        return std::nullopt;
    }
    return from_min ? base + *steps : base - *steps;
}

}  // namespace

template <>
std::span<const Word<NamespaceType>> words<NamespaceType>()
{
    return kNamespaceTypes;
}

template <>
std::span<const Word<DeviceType>> words<DeviceType>()
{
    return kDeviceTypes;
}

template <>
std::span<const Word<SeccompAction>> words<SeccompAction>()
{
    return kSeccompActions;
}

template <>
std::span<const Word<SeccompOperator>> words<SeccompOperator>()
{
    return kSeccompOperators;
}

template <>
std::span<const Word<Propagation>> words<Propagation>()
{
    return kPropagations;
}

template <>
std::span<const Word<SchedPolicy>> words<SchedPolicy>()
{
    return kSchedPolicies;
}

template <>
std::span<const Word<SchedFlag>> words<SchedFlag>()
{
    return kSchedFlags;
}

template <>
std::span<const Word<IoClass>> words<IoClass>()
{
    return kIoClasses;
}

template <>
std::span<const Word<MemoryPolicyMode>> words<MemoryPolicyMode>()
{
    return kMemoryPolicyModes;
}

template <>
std::span<const Word<MemoryPolicyFlag>> words<MemoryPolicyFlag>()
{
    return kMemoryPolicyFlags;
}

std::optional<unsigned> capability_number(std::string_view name)
{
    const auto *row = std::ranges::find(kCapabilities, name);
    return row == kCapabilities.end() ? std::nullopt
                                      : std::optional(static_cast<unsigned>(row - kCapabilities.begin()));
}

std::string_view capability_name(unsigned number)
{
    return number <= kLastCapability ? kCapabilities[number] : std::string_view();
}

std::span<const std::string_view> capability_names() { return kCapabilities; }

std::span<const std::string_view> rlimit_types()
{
    static constexpr auto kTypes = [] {
        std::array<std::string_view, kRlimits.size()> types;
        std::ranges::transform(kRlimits, types.begin(), &Word<int>::word);
        return types;
    }();
    return kTypes;
}

std::optional<int> rlimit_resource(std::string_view type)
{
    const auto *row = std::ranges::lower_bound(kRlimits, type, {}, &Word<int>::word);
    return row != kRlimits.end() && row->word == type ? std::optional(row->value) : std::nullopt;
}

std::string_view rlimit_type(int resource)
{
    const auto *row = std::ranges::find(kRlimits, resource, &Word<int>::value);
    return row != kRlimits.end() ? row->word : std::string_view();
}

std::uint64_t clone_flag(NamespaceType type)
{
    return kNamespaceKinds[static_cast<std::size_t>(type)].clone_flag;
}

std::string_view proc_ns_name(NamespaceType type)
{
    return kNamespaceKinds[static_cast<std::size_t>(type)].proc_name;
}

std::uint32_t mount_flags(Propagation propagation)
{
    return kPropagationFlags[static_cast<std::size_t>(propagation)];
}

// spec: KillSignalImplement
std::optional<int> signal_number(std::string_view text)
{
    if (const std::optional<int> number = whole_number(text)) {
        return *number <= kRtMax ? number : std::nullopt;
    }
    std::string name(text);
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    const std::string_view bare = std::string_view(name).substr(name.starts_with("SIG") ? 3 : 0);
    const auto *row = std::ranges::find(kSignals, bare, &Word<int>::word);
    return row != kSignals.end() ? std::optional(row->value) : realtime_signal(bare);
}

std::string_view signal_name(int number)
{
    const auto *row = std::ranges::find(kSignals, number, &Word<int>::value);
    return row != kSignals.end() ? row->word : std::string_view();
}

std::span<const std::string_view> seccomp_archs() { return kSeccompArchs; }
std::span<const Word<std::uint32_t>> seccomp_flags() { return kSeccompFlags; }

std::optional<unsigned long> personality_domain(std::string_view domain)
{
    constexpr auto kDomains =
        std::to_array<Word<unsigned long>>({{"LINUX", PER_LINUX}, {"LINUX32", PER_LINUX32}});
    const auto *row = std::ranges::find(kDomains, domain, &Word<unsigned long>::word);
    return row != kDomains.end() ? std::optional(row->value) : std::nullopt;
}

}  // namespace rt::oci
