// SPDX-License-Identifier: Apache-2.0
//
// The properties of config.json: a row each, in the spec's order.
#include "oci/config.h"

#include "base/str.h"
#include "oci/fields.h"
#include "oci/properties.h"
#include "oci/read_config.h"

namespace rt::oci {

using enum Need;
using json::Kind;

// clang-format off

// spec: RootOnNonWindowsRequired
template <> inline constexpr auto kFields<Root> = std::tuple{
    field("path",     &Root::path, kRequired, "RootOnNonWindowsRequired", R"("rootfs")"),
    field("readonly", &Root::readonly),
};

template <> inline constexpr auto kFields<IdMapping> = std::tuple{
    field("containerID", &IdMapping::container_id, kRequired, "LinuxUserMappingsValid"),
    field("hostID",      &IdMapping::host_id, kRequired, "LinuxUserMappingsValid"),
    field("size",        &IdMapping::size, kRequired, "LinuxUserMappingsValid"),
};

// spec: MountsDestRequired, MountsSourceAndOptionsOptional
template <> inline constexpr auto kFields<Mount> = std::tuple{
    field("destination", &Mount::destination, kRequired, "MountsDestRequired"),
    field("source",      &Mount::source),
    field("type",        &Mount::type),
    field("options",     &Mount::options),
    field("uidMappings", &Mount::uid_mappings),
    field("gidMappings", &Mount::gid_mappings),
};

template <> inline constexpr auto kFields<ConsoleSize> = std::tuple{
    field("height", &ConsoleSize::height, kRequired),
    field("width",  &ConsoleSize::width, kRequired),
};

template <> inline constexpr auto kFields<User> = std::tuple{
    field("uid",            &User::uid),
    field("gid",            &User::gid),
    field("umask",          &User::umask),
    field("additionalGids", &User::additional_gids),
};

template <> inline constexpr auto kFields<Capabilities> = std::tuple{
    field("effective",   &Capabilities::effective),
    field("bounding",    &Capabilities::bounding),
    field("inheritable", &Capabilities::inheritable),
    field("permitted",   &Capabilities::permitted),
    field("ambient",     &Capabilities::ambient),
};

template <> inline constexpr auto kFields<Rlimit> = std::tuple{
    field("type", &Rlimit::type, kRequired, "PosixProcRlimitsTypeGenError", R"("RLIMIT_NOFILE")"),
    field("soft", &Rlimit::soft, kRequired),
    field("hard", &Rlimit::hard, kRequired),
};

template <> inline constexpr auto kFields<Scheduler> = std::tuple{
    field("policy",   &Scheduler::policy, kRequired, "LinuxProcSchedulerPolicy", R"("SCHED_OTHER")"),
    field("nice",     &Scheduler::nice),
    field("priority", &Scheduler::priority),
    field("flags",    &Scheduler::flags, "LinuxProcSchedulerFlags"),
    field("runtime",  &Scheduler::runtime),
    field("deadline", &Scheduler::deadline),
    field("period",   &Scheduler::period),
};

template <> inline constexpr auto kFields<IoPriority> = std::tuple{
    field("class",    &IoPriority::io_class, kRequired, "LinuxProcIOPriorityClass", R"("IOPRIO_CLASS_BE")"),
    field("priority", &IoPriority::priority, "LinuxProcIOPriorityLevel"),
};

template <> inline constexpr auto kFields<ExecCpuAffinity> = std::tuple{
    field("initial", &ExecCpuAffinity::initial, "LinuxProcExecCPUAffinityList"),
    field("final",   &ExecCpuAffinity::final, "LinuxProcExecCPUAffinityList"),
};

template <> inline constexpr auto kFields<Process> = std::tuple{
    field("terminal",        &Process::terminal),
    field("consoleSize",     &Process::console_size),
    field("user",            &Process::user),
    field("args",            &Process::args),
    field("env",             &Process::env),
    field("cwd",             &Process::cwd, kRequired, "ProcCwdAbs", R"("/")"),
    field("capabilities",    &Process::capabilities),
    field("rlimits",         &Process::rlimits),
    field("noNewPrivileges", &Process::no_new_privileges),
    field("apparmorProfile", &Process::apparmor_profile),
    field("oomScoreAdj",     &Process::oom_score_adj),
    field("scheduler",       &Process::scheduler),
    field("selinuxLabel",    &Process::selinux_label),
    field("ioPriority",      &Process::io_priority),
    field("execCPUAffinity", &Process::exec_cpu_affinity),
};

template <> inline constexpr auto kFields<Hook> = std::tuple{
    field("path",    &Hook::path, kRequired, "PosixHooksPathAbs"),
    field("args",    &Hook::args),
    field("env",     &Hook::env),
    field("timeout", &Hook::timeout),
};

template <> inline constexpr auto kFields<Hooks> = std::tuple{
    field("prestart",        &Hooks::prestart),
    field("createRuntime",   &Hooks::create_runtime),
    field("createContainer", &Hooks::create_container),
    field("startContainer",  &Hooks::start_container),
    field("poststart",       &Hooks::poststart),
    field("poststop",        &Hooks::poststop),
};

template <> inline constexpr auto kFields<Namespace> = std::tuple{
    field("type", &Namespace::type, kRequired, "NSTypeValueError"),
    field("path", &Namespace::path),
};

template <> inline constexpr auto kFields<TimeOffset> = std::tuple{
    field("secs",     &TimeOffset::secs),
    field("nanosecs", &TimeOffset::nanosecs),
};

template <> inline constexpr auto kFields<Device> = std::tuple{
    field("type",     &Device::type, kRequired),
    field("path",     &Device::path, kRequired, "DevicesPathAbs"),
    field("major",    &Device::major),
    field("minor",    &Device::minor),
    field("fileMode", &Device::file_mode),
    field("uid",      &Device::uid),
    field("gid",      &Device::gid),
};

template <> inline constexpr auto kFields<DeviceRule> = std::tuple{
    field("allow",  &DeviceRule::allow, kRequired, "LinuxResourcesDevicesAccess", "true"),
    field("type",   &DeviceRule::type, "LinuxResourcesDevicesAccess"),
    field("major",  &DeviceRule::major),
    field("minor",  &DeviceRule::minor),
    field("access", &DeviceRule::access, "LinuxResourcesDevicesAccess"),
};

template <> inline constexpr auto kFields<MemoryResources> = std::tuple{
    field("limit",             &MemoryResources::limit),
    field("reservation",       &MemoryResources::reservation),
    field("swap",              &MemoryResources::swap),
    field("kernel",            &MemoryResources::kernel),
    field("kernelTCP",         &MemoryResources::kernel_tcp),
    field("swappiness",        &MemoryResources::swappiness),
    field("disableOOMKiller",  &MemoryResources::disable_oom_killer),
    field("useHierarchy",      &MemoryResources::use_hierarchy),
    field("checkBeforeUpdate", &MemoryResources::check_before_update),
};

template <> inline constexpr auto kFields<CpuResources> = std::tuple{
    field("shares",          &CpuResources::shares),
    field("quota",           &CpuResources::quota),
    field("burst",           &CpuResources::burst),
    field("period",          &CpuResources::period),
    field("realtimeRuntime", &CpuResources::realtime_runtime),
    field("realtimePeriod",  &CpuResources::realtime_period),
    field("cpus",            &CpuResources::cpus),
    field("mems",            &CpuResources::mems),
    field("idle",            &CpuResources::idle),
};

template <> inline constexpr auto kFields<WeightDevice> = std::tuple{
    field("major",      &WeightDevice::major, kRequired),
    field("minor",      &WeightDevice::minor, kRequired),
    field("weight",     &WeightDevice::weight),
    field("leafWeight", &WeightDevice::leaf_weight),
};

template <> inline constexpr auto kFields<ThrottleDevice> = std::tuple{
    field("major", &ThrottleDevice::major, kRequired),
    field("minor", &ThrottleDevice::minor, kRequired),
    field("rate",  &ThrottleDevice::rate, kRequired),
};

template <> inline constexpr auto kFields<BlockIoResources> = std::tuple{
    field("weight",                  &BlockIoResources::weight),
    field("leafWeight",              &BlockIoResources::leaf_weight),
    field("weightDevice",            &BlockIoResources::weight_device),
    field("throttleReadBpsDevice",   &BlockIoResources::throttle_read_bps),
    field("throttleWriteBpsDevice",  &BlockIoResources::throttle_write_bps),
    field("throttleReadIOPSDevice",  &BlockIoResources::throttle_read_iops),
    field("throttleWriteIOPSDevice", &BlockIoResources::throttle_write_iops),
};

template <> inline constexpr auto kFields<HugepageLimit> = std::tuple{
    field("pageSize", &HugepageLimit::page_size, kRequired, "LinuxResourcesHugetlbPageSize", R"("2MB")"),
    field("limit",    &HugepageLimit::limit, kRequired),
};

template <> inline constexpr auto kFields<InterfacePriority> = std::tuple{
    field("name",     &InterfacePriority::name, kRequired),
    field("priority", &InterfacePriority::priority, kRequired),
};

template <> inline constexpr auto kFields<NetworkResources> = std::tuple{
    field("classID",    &NetworkResources::class_id),
    field("priorities", &NetworkResources::priorities),
};

template <> inline constexpr auto kFields<PidsResources> = std::tuple{
    field("limit", &PidsResources::limit),
};

template <> inline constexpr auto kFields<RdmaResources> = std::tuple{
    field("hcaHandles", &RdmaResources::hca_handles),
    field("hcaObjects", &RdmaResources::hca_objects),
};

template <> inline constexpr auto kFields<Resources> = std::tuple{
    field("devices",        &Resources::devices),
    field("memory",         &Resources::memory),
    field("cpu",            &Resources::cpu),
    field("blockIO",        &Resources::block_io),
    field("hugepageLimits", &Resources::hugepage_limits),
    field("network",        &Resources::network),
    field("pids",           &Resources::pids),
    field("rdma",           &Resources::rdma),
    field("unified",        &Resources::unified),
};

template <> inline constexpr auto kFields<SeccompArg> = std::tuple{
    field("index",    &SeccompArg::index, kRequired, "SeccompArgsIndex", "0"),
    field("value",    &SeccompArg::value, kRequired),
    field("valueTwo", &SeccompArg::value_two),
    field("op",       &SeccompArg::op, kRequired, "SeccompOperators", R"("SCMP_CMP_EQ")"),
};

template <> inline constexpr auto kFields<SeccompSyscall> = std::tuple{
    field("names",    &SeccompSyscall::names, kRequired, "SeccSyscallsNamesRequired"),
    field("action",   &SeccompSyscall::action, kRequired, "SeccompActions", R"("SCMP_ACT_ALLOW")"),
    field("errnoRet", &SeccompSyscall::errno_ret),
    field("args",     &SeccompSyscall::args),
};

template <> inline constexpr auto kFields<Seccomp> = std::tuple{
    field("defaultAction",    &Seccomp::default_action, kRequired, "SeccompActions", R"("SCMP_ACT_ERRNO")"),
    field("defaultErrnoRet",  &Seccomp::default_errno_ret),
    field("architectures",    &Seccomp::architectures, "SeccompArchitectures"),
    field("flags",            &Seccomp::flags, "SeccompFlags"),
    field("listenerPath",     &Seccomp::listener_path),
    field("listenerMetadata", &Seccomp::listener_metadata),
    field("syscalls",         &Seccomp::syscalls),
};

template <> inline constexpr auto kFields<IntelRdt> = std::tuple{
    field("closID",           &IntelRdt::clos_id),
    field("schemata",         &IntelRdt::schemata),
    field("l3CacheSchema",    &IntelRdt::l3_cache_schema),
    field("memBwSchema",      &IntelRdt::mem_bw_schema),
    field("enableMonitoring", &IntelRdt::enable_monitoring),
};

template <> inline constexpr auto kFields<MemoryPolicy> = std::tuple{
    field("mode",  &MemoryPolicy::mode, kRequired, "LinuxMemoryPolicyMode", R"("MPOL_DEFAULT")"),
    field("nodes", &MemoryPolicy::nodes, "LinuxMemoryPolicyNodes"),
    field("flags", &MemoryPolicy::flags, "LinuxMemoryPolicyFlags"),
};

template <> inline constexpr auto kFields<Personality> = std::tuple{
    field("domain", &Personality::domain, kRequired, "LinuxPersonalityDomain", R"("LINUX")"),
    field("flags",  &Personality::flags),
};

template <> inline constexpr auto kFields<NetDevice> = std::tuple{
    field("name", &NetDevice::name),
};

template <> inline constexpr auto kFields<Linux> = std::tuple{
    field("namespaces",        &Linux::namespaces),
    field("uidMappings",       &Linux::uid_mappings),
    field("gidMappings",       &Linux::gid_mappings),
    field("timeOffsets",       &Linux::time_offsets),
    field("devices",           &Linux::devices),
    field("netDevices",        &Linux::net_devices),
    field("cgroupsPath",       &Linux::cgroups_path),
    field("resources",         &Linux::resources),
    field("intelRdt",          &Linux::intel_rdt),
    field("memoryPolicy",      &Linux::memory_policy),
    field("sysctl",            &Linux::sysctl),
    field("seccomp",           &Linux::seccomp),
    field("rootfsPropagation", &Linux::rootfs_propagation, "LinuxRootfsPropagationKnown"),
    field("maskedPaths",       &Linux::masked_paths),
    field("readonlyPaths",     &Linux::readonly_paths),
    field("mountLabel",        &Linux::mount_label),
    field("personality",       &Linux::personality),
};

// spec: ConfigOptionalProperties, RootOnNonWindowsRequired, AnnotationsKeyValueMap
// spec: AnnotationsValueString
template <> inline constexpr auto kFields<Config> = std::tuple{
    field("ociVersion",  &Config::oci_version, kRequired, "SpecVersionInSemVer", R"("1.3.0")"),
    field("root",        &Config::root, kRequired, "RootOnNonWindowsRequired", R"({"path": "rootfs"})"),
    field("mounts",      &Config::mounts),
    field("process",     &Config::process),
    field("hostname",    &Config::hostname),
    field("domainname",  &Config::domainname),
    field("hooks",       &Config::hooks),
    field("annotations", &Config::annotations, "AnnotationsValueString"),
    field("linux",       &Config::linux_),
};

// clang-format on

std::vector<std::string_view> hook_names()
{
    std::vector<std::string_view> names;
    std::apply([&names](const auto &...row) { (names.push_back(row.name), ...); }, kFields<Hooks>);
    return names;
}

namespace {

template <class T>
constexpr Kind kKind = std::is_enum_v<T> ? Kind::kString : Kind::kInteger;
/// A struct without a table is written as one string, which its own read() takes apart.
template <class T>
requires std::is_class_v<T>
constexpr Kind kKind<T> =
    std::tuple_size_v<std::remove_cvref_t<decltype(kFields<T>)>> == 0 ? Kind::kString : Kind::kObject;
template <>
constexpr Kind kKind<bool> = Kind::kBool;
template <>
constexpr Kind kKind<std::string> = Kind::kString;
template <class T>
constexpr Kind kKind<std::vector<T>> = Kind::kArray;
template <class T>
constexpr Kind kKind<std::map<std::string, T>> = Kind::kObject;
template <class T>
constexpr Kind kKind<std::optional<T>> = kKind<T>;

/// What a value of type T holds; `at` is its pointer.
template <class T>
struct Inside {
    static void list(const std::string &at, std::vector<Property> &out)
    {
        std::apply([&](const auto &...row) { (list_field(at, row, out), ...); }, kFields<T>);
    }
    template <class Value>
    static void list_field(const std::string &at, const Field<T, Value> &row, std::vector<Property> &out)
    {
        const std::string pointer = str(at, '/', row.name);
        out.push_back({pointer, row.name, kKind<Value>, row.need == Need::kRequired});
        Inside<Value>::list(pointer, out);
    }
};
template <class T>
requires(!std::is_class_v<T>) struct Inside<T> {
    static void list(const std::string & /*at*/, std::vector<Property> & /*out*/) {}
};
template <>
struct Inside<std::string> {
    static void list(const std::string & /*at*/, std::vector<Property> & /*out*/) {}
};
template <class T>
struct Inside<std::optional<T>> : Inside<T> {};
template <class T>
struct Inside<std::vector<T>> {
    static void list(const std::string &at, std::vector<Property> &out)
    {
        out.push_back({at + "/*", "", kKind<T>, false});
        Inside<T>::list(at + "/*", out);
    }
};
template <class T>
struct Inside<std::map<std::string, T>> : Inside<std::vector<T>> {};

}  // namespace

const std::vector<Property> &properties()
{
    static const std::vector<Property> kAll = [] {
        std::vector<Property> all;
        Inside<Config>::list("", all);
        return all;
    }();
    return kAll;
}

void read_config(const Notes &notes, json::Node node, Config &out) { read(notes, node, out); }
void read_process(const Notes &notes, json::Node node, Process &out) { read(notes, node, out); }
void read_resources(const Notes &notes, json::Node node, Resources &out) { read(notes, node, out); }

}  // namespace rt::oci
