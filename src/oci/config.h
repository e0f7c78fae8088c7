// SPDX-License-Identifier: Apache-2.0
//
// config.json of runtime-spec 1.3 for Linux, word for word: a struct per object, a member per
// property, the spec's own names in our spelling.  No behavior.  Absent means nullopt, or an empty
// container where the spec does not tell absent from empty.  What has a fixed set of words is an
// enum: a Config cannot hold a word the spec does not know.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oci/number_list.h"

namespace rt::oci {

// ---- root, mounts -----------------------------------------------------------------------------

struct Root {
    std::string path;
    bool readonly = false;
};

struct IdMapping {
    std::uint32_t container_id = 0;
    std::uint32_t host_id = 0;
    std::uint32_t size = 0;
    bool operator==(const IdMapping &) const = default;
};

struct Mount {
    std::string destination;
    std::string source;
    std::string type;
    std::vector<std::string> options;
    std::vector<IdMapping> uid_mappings;
    std::vector<IdMapping> gid_mappings;
};

// ---- process ----------------------------------------------------------------------------------

struct ConsoleSize {
    std::uint32_t height = 0;
    std::uint32_t width = 0;
};

struct User {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::optional<std::uint32_t> umask;
    std::vector<std::uint32_t> additional_gids;
};

/// Names as written ("CAP_CHOWN").  Unknown names stay: the spec wants a warning, not a refusal.
struct Capabilities {
    std::vector<std::string> bounding, effective, inheritable, permitted, ambient;
};

struct Rlimit {
    std::string type;  ///< "RLIMIT_NOFILE"; checked by validate()
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
};

/// SCHED_*, the kernel's numbers (linux/sched.h).
enum class SchedPolicy : std::uint8_t { kOther, kFifo, kRr, kBatch, kIso, kIdle, kDeadline };

/// SCHED_FLAG_*, the kernel's bits (linux/sched.h).
enum class SchedFlag : std::uint8_t {
    kResetOnFork = 0x01,
    kReclaim = 0x02,
    kDlOverrun = 0x04,
    kKeepPolicy = 0x08,
    kKeepParams = 0x10,
    kUtilClampMin = 0x20,
    kUtilClampMax = 0x40,
};

struct Scheduler {
    SchedPolicy policy{};
    std::optional<std::int32_t> nice, priority;
    std::vector<SchedFlag> flags;
    std::optional<std::uint64_t> runtime, deadline, period;  ///< nanoseconds
};

/// IOPRIO_CLASS_*, the kernel's numbers (linux/ioprio.h).
enum class IoClass : std::uint8_t { kRt = 1, kBe = 2, kIdle = 3 };

struct IoPriority {
    IoClass io_class{};
    std::int32_t priority = 0;  ///< 0 (first) to 7
};

struct ExecCpuAffinity {
    NumberList initial, final;  ///< processors; empty: as they are
};

struct Process {
    bool terminal = false;
    std::optional<ConsoleSize> console_size;
    User user;
    std::vector<std::string> args;
    std::vector<std::string> env;
    std::string cwd;
    std::optional<Capabilities> capabilities;
    std::vector<Rlimit> rlimits;
    bool no_new_privileges = false;
    std::string apparmor_profile;
    std::optional<std::int32_t> oom_score_adj;
    std::optional<Scheduler> scheduler;
    std::string selinux_label;
    std::optional<IoPriority> io_priority;
    std::optional<ExecCpuAffinity> exec_cpu_affinity;
};

// ---- hooks ------------------------------------------------------------------------------------

struct Hook {
    std::string path;
    std::vector<std::string> args;
    std::optional<std::vector<std::string>> env;
    std::optional<std::int64_t> timeout;  ///< seconds
};

struct Hooks {
    std::vector<Hook> prestart, create_runtime, create_container, start_container, poststart, poststop;

    bool before_start() const
    {
        return !prestart.empty() || !create_runtime.empty() || !create_container.empty() ||
               !start_container.empty();
    }
};

// ---- linux ------------------------------------------------------------------------------------

enum class NamespaceType : std::uint8_t { kPid, kNetwork, kMount, kIpc, kUts, kUser, kCgroup, kTime };

struct Namespace {
    NamespaceType type{};
    std::string path;  ///< empty: a new one
};

struct TimeOffset {
    std::int64_t secs = 0;
    std::uint32_t nanosecs = 0;
};

enum class DeviceType : std::uint8_t { kAll, kBlock, kChar, kUnbuffered, kFifo };

struct Device {
    DeviceType type{};
    std::string path;
    std::optional<std::int64_t> major, minor;
    std::optional<std::uint32_t> file_mode;
    std::optional<std::uint32_t> uid, gid;
};

struct DeviceRule {
    bool allow = false;
    DeviceType type = DeviceType::kAll;  ///< kAll, kBlock or kChar
    std::optional<std::int64_t> major, minor;
    std::string access;  ///< any of "rwm"
};

struct MemoryResources {
    std::optional<std::int64_t> limit, reservation, swap, kernel, kernel_tcp;  ///< bytes, -1 unlimited
    std::optional<std::uint64_t> swappiness;
    std::optional<bool> disable_oom_killer, use_hierarchy, check_before_update;
};

struct CpuResources {
    std::optional<std::uint64_t> shares, burst, period, realtime_period;
    std::optional<std::int64_t> quota, realtime_runtime, idle;
    std::string cpus, mems;
};

struct WeightDevice {
    std::int64_t major = 0, minor = 0;
    std::optional<std::uint16_t> weight, leaf_weight;
};

struct ThrottleDevice {
    std::int64_t major = 0, minor = 0;
    std::uint64_t rate = 0;
};

struct BlockIoResources {
    std::optional<std::uint16_t> weight, leaf_weight;
    std::vector<WeightDevice> weight_device;
    std::vector<ThrottleDevice> throttle_read_bps, throttle_write_bps, throttle_read_iops,
        throttle_write_iops;
};

struct HugepageLimit {
    std::string page_size;
    std::uint64_t limit = 0;
};

struct InterfacePriority {
    std::string name;
    std::uint32_t priority = 0;
};

struct NetworkResources {
    std::optional<std::uint32_t> class_id;
    std::vector<InterfacePriority> priorities;
};

struct PidsResources {
    std::optional<std::int64_t> limit;
};

struct RdmaResources {
    std::optional<std::uint32_t> hca_handles, hca_objects;
};

struct Resources {
    std::vector<DeviceRule> devices;
    std::optional<MemoryResources> memory;
    std::optional<CpuResources> cpu;
    std::optional<BlockIoResources> block_io;
    std::vector<HugepageLimit> hugepage_limits;
    std::optional<NetworkResources> network;
    std::optional<PidsResources> pids;
    std::map<std::string, RdmaResources> rdma;
    std::map<std::string, std::string> unified;
};

/// SCMP_ACT_*
enum class SeccompAction : std::uint8_t {
    kKillThread,  ///< SCMP_ACT_KILL and SCMP_ACT_KILL_THREAD
    kKillProcess,
    kTrap,
    kErrno,
    kTrace,
    kAllow,
    kLog,
    kNotify,
};

/// SCMP_CMP_*
enum class SeccompOperator : std::uint8_t { kNe, kLt, kLe, kEq, kGe, kGt, kMaskedEq };

struct SeccompArg {
    std::uint32_t index = 0;
    std::uint64_t value = 0;
    std::uint64_t value_two = 0;
    SeccompOperator op{};
};

struct SeccompSyscall {
    std::vector<std::string> names;
    SeccompAction action{};
    std::optional<std::uint32_t> errno_ret;
    std::vector<SeccompArg> args;
};

struct Seccomp {
    SeccompAction default_action{};
    std::optional<std::uint32_t> default_errno_ret;
    std::vector<std::string> architectures;  ///< "SCMP_ARCH_X86_64"; words checked by validate()
    std::optional<std::vector<std::string>>
        flags;  ///< "SECCOMP_FILTER_FLAG_LOG"; words checked by validate()
    std::string listener_path;
    std::string listener_metadata;
    std::vector<SeccompSyscall> syscalls;

    bool notifies() const;  ///< an action is SCMP_ACT_NOTIFY
};

struct IntelRdt {
    std::optional<std::string> clos_id;
    std::vector<std::string> schemata;
    std::string l3_cache_schema, mem_bw_schema;
    bool enable_monitoring = false;
};

/// MPOL_*, the kernel's numbers (linux/mempolicy.h).
enum class MemoryPolicyMode : std::uint8_t {
    kDefault,
    kPreferred,
    kBind,
    kInterleave,
    kLocal,
    kPreferredMany,
    kWeightedInterleave,
};

/// MPOL_F_*, the kernel's bits (linux/mempolicy.h).
enum class MemoryPolicyFlag : std::uint16_t {
    kNumaBalancing = 1 << 13,
    kRelativeNodes = 1 << 14,
    kStaticNodes = 1 << 15,
};

struct MemoryPolicy {
    MemoryPolicyMode mode{};
    NumberList nodes;
    std::vector<MemoryPolicyFlag> flags;
};

struct Personality {
    std::string domain;  ///< "LINUX" or "LINUX32"
    std::vector<std::string> flags;
};

struct NetDevice {
    std::string name;
};

enum class Propagation : std::uint8_t {
    kShared,
    kRshared,
    kSlave,
    kRslave,
    kPrivate,
    kRprivate,
    kUnbindable,
    kRunbindable,
};

struct Linux {
    std::vector<IdMapping> uid_mappings, gid_mappings;
    std::map<std::string, std::string> sysctl;
    std::optional<Resources> resources;
    std::string cgroups_path;
    std::vector<Namespace> namespaces;
    std::vector<Device> devices;
    std::map<std::string, NetDevice> net_devices;
    std::optional<Seccomp> seccomp;
    std::optional<Propagation> rootfs_propagation;
    std::vector<std::string> masked_paths, readonly_paths;
    std::string mount_label;
    std::optional<IntelRdt> intel_rdt;
    std::optional<MemoryPolicy> memory_policy;
    std::optional<Personality> personality;
    std::map<std::string, TimeOffset> time_offsets;  ///< "monotonic", "boottime"
};

struct Config {
    std::string oci_version;
    std::optional<Root> root;
    std::vector<Mount> mounts;
    std::optional<Process> process;
    std::string hostname, domainname;
    Hooks hooks;
    std::map<std::string, std::string> annotations;
    Linux linux_;  ///< "linux"; all defaults when absent
};

}  // namespace rt::oci
