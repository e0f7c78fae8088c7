// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/json.h"
#include "base/str.h"
#include "oci/number_list.h"
#include "oci/rules.h"
#include "oci/validate.h"

namespace rt::oci {
namespace {

constexpr std::int64_t kUnlimited = -1;

/// The list format of cpuset(7) as the kernel reads it: any number of commas and blanks part the ranges.
bool is_cpu_list(std::string_view list)
{
    constexpr std::string_view kBetween = ", ";
    while (!list.empty()) {
        const std::size_t end = std::min(list.find_first_of(kBetween), list.size());
        if (!NumberList::parse(list.substr(0, end))) {
            return false;
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return true;
}

/// Blames one value after the other of an object of `resources`.
class Object {
public:
    Object(std::string at, Findings &findings) : at_(std::move(at)), findings_(findings) {}

    std::string member(std::string_view name) const { return str(at_, '/', name); }
    void blame(std::string_view name, std::string message, Why why) const
    {
        findings_.error(member(name), std::move(message), std::move(why));
    }
    void warn(std::string_view name, std::string message, Why why) const
    {
        findings_.warning(member(name), std::move(message), std::move(why));
    }
    void want_at_least(std::string_view name, std::optional<std::int64_t> value, std::int64_t least,
                       std::string_view clause) const
    {
        if (value && *value < least) {
            blame(
                name, str("must be at least ", least, ", got ", *value),
                {.clause = clause, .instead = str(least, least == kUnlimited ? ", which is no limit" : "")});
        }
    }
    /// 0 is how engines write "not set".
    void want_weight(std::string_view name, std::optional<std::uint16_t> weight) const
    {
        if (weight && *weight != 0 && (*weight < 10 || *weight > 1000)) {
            blame(name, str("must be from 10 to 1000, got ", *weight),
                  {.clause = "LinuxResourcesBlockIoWeight", .instead = *weight < 10 ? "10" : "1000"});
        }
    }
    void want_cpu_list(std::string_view name, std::string_view list) const
    {
        if (!is_cpu_list(list)) {
            blame(name, str("must be a list as 0-3,5, got ", json::quote(list)),
                  {.clause = "LinuxResourcesCpuset", .instead = "numbers and ranges, as \"0-3,5\""});
        }
    }

private:
    std::string at_;
    Findings &findings_;
};

// spec: LinuxResourcesDevicesAccess
void check_device_rules(const std::vector<DeviceRule> &rules, const std::string &at, Findings &findings)
{
    constexpr std::string_view kAccess = "LinuxResourcesDevicesAccess";
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const DeviceRule &rule = rules[i];
        const Object object(nth(at, i), findings);
        if (rule.type != DeviceType::kAll && rule.type != DeviceType::kBlock &&
            rule.type != DeviceType::kChar) {
            object.blame("type", "expected one of a, b, c",
                         {.clause = kAccess, .instead = "one of \"a\", \"b\", \"c\""});
        }
        if (rule.access.find_first_not_of("rwm") != std::string::npos) {
            object.blame("access", str("must hold r, w and m only, got ", json::quote(rule.access)),
                         {.clause = kAccess, .instead = "any of r, w and m, as \"rwm\""});
        }
        // -1 is the wildcard in files written by older engines.
        object.want_at_least("major", rule.major, -1, "LinuxResourcesDevices");
        object.want_at_least("minor", rule.minor, -1, "LinuxResourcesDevices");
    }
}

// spec: LinuxResourcesMemoryValid, LinuxResourcesMemorySwappiness, LinuxResourcesMemoryKernel
void check_memory(const MemoryResources &memory, const Object &object)
{
    constexpr std::string_view kValid = "LinuxResourcesMemoryValid";
    const Why not_recommended = {.clause = "LinuxResourcesMemoryKernel", .instead = "remove it"};
    object.want_at_least("limit", memory.limit, kUnlimited, kValid);
    object.want_at_least("reservation", memory.reservation, kUnlimited, kValid);
    object.want_at_least("swap", memory.swap, kUnlimited, kValid);
    object.want_at_least("kernel", memory.kernel, kUnlimited, kValid);
    object.want_at_least("kernelTCP", memory.kernel_tcp, kUnlimited, kValid);
    const std::int64_t limit = memory.limit.value_or(0);
    const std::int64_t swap = memory.swap.value_or(0);
    if (swap > 0 && limit > swap) {
        object.blame("swap",
                     str("holds memory and swap, so must not be below limit, got ", swap, " and ", limit),
                     {.clause = kValid, .instead = str(limit, " for no swap, or more")});
    } else if (swap > 0 && limit == kUnlimited) {
        object.blame("swap", "must be -1 when limit is", {.clause = kValid, .instead = "-1"});
    }
    if (memory.swappiness.value_or(0) > 100) {
        object.blame("swappiness", str("must be from 0 to 100, got ", *memory.swappiness),
                     {.clause = "LinuxResourcesMemorySwappiness", .instead = "100"});
    }
    if (memory.kernel.value_or(0) != 0) {
        object.warn("kernel", "is not recommended", not_recommended);
    }
    if (memory.kernel_tcp.value_or(0) != 0) {
        object.warn("kernelTCP", "is not recommended", not_recommended);
    }
}

// spec: LinuxResourcesCpuBurst, LinuxResourcesCpuIdle, LinuxResourcesCpuset
void check_cpu(const CpuResources &cpu, const Object &object)
{
    const std::int64_t quota = cpu.quota.value_or(0);
    object.want_at_least("quota", cpu.quota, kUnlimited, "LinuxResourcesCpuQuota");
    object.want_at_least("realtimeRuntime", cpu.realtime_runtime, kUnlimited, "LinuxResourcesCpuRealtime");
    if (quota > 0 && cpu.burst.value_or(0) > static_cast<std::uint64_t>(quota)) {
        object.blame("burst", str("must not be above quota, got ", *cpu.burst, " and ", quota),
                     {.clause = "LinuxResourcesCpuBurst", .instead = str(quota)});
    }
    if (const std::int64_t idle = cpu.idle.value_or(0); idle != 0 && idle != 1) {
        object.blame("idle", str("must be 0 or 1, got ", idle),
                     {.clause = "LinuxResourcesCpuIdle", .instead = "0 or 1"});
    }
    object.want_cpu_list("cpus", cpu.cpus);
    object.want_cpu_list("mems", cpu.mems);
}

// spec: BlkIOWeightOrLeafWeightExist
void check_block_io(const BlockIoResources &block_io, const std::string &at, Findings &findings)
{
    struct Throttle {
        std::string_view name;
        const std::vector<ThrottleDevice> &list;
    };
    const Object object(at, findings);
    object.want_weight("weight", block_io.weight);
    object.want_weight("leafWeight", block_io.leaf_weight);
    for (std::size_t i = 0; i < block_io.weight_device.size(); ++i) {
        const WeightDevice &device = block_io.weight_device[i];
        const Object entry(nth(at + "/weightDevice", i), findings);
        entry.want_at_least("major", device.major, 0, "LinuxResourcesBlockIoWeight");
        entry.want_at_least("minor", device.minor, 0, "LinuxResourcesBlockIoWeight");
        entry.want_weight("weight", device.weight);
        entry.want_weight("leafWeight", device.leaf_weight);
        if (!device.weight && !device.leaf_weight) {
            entry.blame("weight", "is required without leafWeight",
                        {.clause = "BlkIOWeightOrLeafWeightExist", .instead = "a number from 10 to 1000"});
        }
    }
    const std::array<Throttle, 4> throttles = {{
        {"throttleReadBpsDevice", block_io.throttle_read_bps},
        {"throttleWriteBpsDevice", block_io.throttle_write_bps},
        {"throttleReadIOPSDevice", block_io.throttle_read_iops},
        {"throttleWriteIOPSDevice", block_io.throttle_write_iops},
    }};
    for (const Throttle &throttle : throttles) {
        for (std::size_t i = 0; i < throttle.list.size(); ++i) {
            const Object entry(nth(object.member(throttle.name), i), findings);
            entry.want_at_least("major", throttle.list[i].major, 0, "LinuxResourcesBlockIoThrottle");
            entry.want_at_least("minor", throttle.list[i].minor, 0, "LinuxResourcesBlockIoThrottle");
        }
    }
}

/// ^[1-9][0-9]*[KMG]B$
bool is_page_size(std::string_view text)
{
    constexpr std::string_view kDigits = "0123456789";
    const std::size_t unit = text.find_first_not_of(kDigits);
    return unit != text.npos && unit > 0 && text.front() != '0' && text.size() == unit + 2 &&
           std::string_view("KMG").find(text[unit]) != std::string_view::npos && text[unit + 1] == 'B';
}

// spec: LinuxResourcesHugetlbPageSize
void check_hugepages(const std::vector<HugepageLimit> &limits, const std::string &at, Findings &findings)
{
    constexpr std::string_view kPageSize = "LinuxResourcesHugetlbPageSize";
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < limits.size(); ++i) {
        const std::string &size = limits[i].page_size;
        if (!is_page_size(size)) {
            findings.error(nth(at, i) + "/pageSize", str("must be a size as 2MB, got ", json::quote(size)),
                           {.clause = kPageSize, .instead = "a number and KB, MB or GB, as \"2MB\""});
        } else if (!seen.insert(size).second) {
            findings.error(nth(at, i) + "/pageSize", str(json::quote(size), " is there twice"),
                           {.clause = kPageSize, .instead = "remove it"});
        }
    }
}

void check_network(const NetworkResources &network, const std::string &at, Findings &findings)
{
    for (std::size_t i = 0; i < network.priorities.size(); ++i) {
        const std::string &name = network.priorities[i].name;
        if (!is_one_component(name) || name.find(' ') != name.npos) {
            findings.error(nth(at + "/priorities", i) + "/name",
                           str("must be an interface's name, got ", json::quote(name)),
                           {.clause = "LinuxResourcesNetwork", .instead = "a name as \"eth0\""});
        }
    }
}

// spec: LinuxResourcesRdmaOneRequired
void check_rdma(const std::map<std::string, RdmaResources> &rdma, const std::string &at, Findings &findings)
{
    for (const auto &[device, limits] : rdma) {
        if (device.empty() || device.find(' ') != device.npos) {
            findings.error(at_key(at, device), "is no device's name",
                           {.clause = "LinuxResourcesRdma", .instead = "a name as \"mlx5_1\""});
        } else if (!limits.hca_handles && !limits.hca_objects) {
            findings.error(at_key(at, device), "needs hcaHandles or hcaObjects",
                           {.clause = "LinuxResourcesRdmaOneRequired", .instead = "one of them, or both"});
        }
    }
}

}  // namespace

// spec: LinuxResourcesUnifiedFileName, LinuxResourcesPidsValid
void validate_resources(const Resources &resources, const std::string &at, Findings &findings)
{
    check_device_rules(resources.devices, at + "/devices", findings);
    if (resources.memory) {
        check_memory(*resources.memory, Object(at + "/memory", findings));
    }
    if (resources.cpu) {
        check_cpu(*resources.cpu, Object(at + "/cpu", findings));
    }
    if (resources.block_io) {
        check_block_io(*resources.block_io, at + "/blockIO", findings);
    }
    check_hugepages(resources.hugepage_limits, at + "/hugepageLimits", findings);
    if (resources.network) {
        check_network(*resources.network, at + "/network", findings);
    }
    if (resources.pids) {
        Object(at + "/pids", findings)
            .want_at_least("limit", resources.pids->limit, kUnlimited, "LinuxResourcesPidsValid");
    }
    check_rdma(resources.rdma, at + "/rdma", findings);
    for (const auto &[file, value] : resources.unified) {
        if (!is_one_component(file) || file.find('.') == file.npos) {
            findings.error(
                at_key(at + "/unified", file), "must be the name of a cgroup file as memory.high",
                {.clause = "LinuxResourcesUnifiedFileName", .instead = "a file's name as \"memory.high\""});
        }
    }
}

}  // namespace rt::oci
