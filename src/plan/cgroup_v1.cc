// SPDX-License-Identifier: Apache-2.0
//
// config-linux.md#control-groups in the files of cgroup v1.
#include <iterator>

#include "plan/cgroup_knobs.h"

namespace rt::plan {
namespace {

using R = oci::Resources;
using Memory = oci::MemoryResources;
using Cpu = oci::CpuResources;

/// "1" or "0" for a flag that somebody set so.
template <auto Object, auto Field, bool On>
Value flag(const R &r)
{
    const auto value = asked<Object, Field>(r);
    return value == On ? Value(On ? "1" : "0") : Value();
}

// spec: LinuxResourcesMemory, LinuxResourcesMemoryReservation, LinuxResourcesMemorySwap
// spec: LinuxResourcesMemoryKernel, LinuxResourcesMemorySwappiness, LinuxResourcesMemoryOOMKiller
// spec: LinuxResourcesMemoryUseHierarchy, LinuxResourcesCpuShares, LinuxResourcesCpuQuota
// spec: LinuxResourcesCpuBurst, LinuxResourcesCpuRealtime, LinuxResourcesCpuIdle, LinuxResourcesCpuset
// spec: LinuxResourcesPids, LinuxResourcesPidsZero, LinuxResourcesNetwork
//
// memsw may not be below the limit, the burst not above the quota: in a new cgroup the order here is
// right; in an old one the value in the way is changed first by the second try (`again`).
constexpr Knob kKnobs[] = {
    {"memory", "memory.limit_in_bytes", "/linux/resources/memory/limit", nonzero<&R::memory, &Memory::limit>,
     true},
    {"memory", "memory.memsw.limit_in_bytes", "/linux/resources/memory/swap",
     nonzero<&R::memory, &Memory::swap>, true},
    {"memory", "memory.memsw.limit_in_bytes", "/linux/resources/memory/limit", lift_swap, true, true},
    {"memory", "memory.soft_limit_in_bytes", "/linux/resources/memory/reservation",
     nonzero<&R::memory, &Memory::reservation>},
    {"memory", "memory.kmem.limit_in_bytes", "/linux/resources/memory/kernel",
     nonzero<&R::memory, &Memory::kernel>},
    {"memory", "memory.kmem.tcp.limit_in_bytes", "/linux/resources/memory/kernelTCP",
     nonzero<&R::memory, &Memory::kernel_tcp>},
    {"memory", "memory.swappiness", "/linux/resources/memory/swappiness",
     number<&R::memory, &Memory::swappiness>},
    {"memory", "memory.oom_control", "/linux/resources/memory/disableOOMKiller",
     flag<&R::memory, &Memory::disable_oom_killer, true>},
    {"memory", "memory.oom_control", "/linux/resources/memory/disableOOMKiller",
     flag<&R::memory, &Memory::disable_oom_killer, false>, false, true},
    {"memory", "memory.use_hierarchy", "/linux/resources/memory/useHierarchy",
     flag<&R::memory, &Memory::use_hierarchy, false>},
    {"memory", "memory.use_hierarchy", "/linux/resources/memory/useHierarchy",
     flag<&R::memory, &Memory::use_hierarchy, true>, false, true},

    {"cpu", "cpu.shares", "/linux/resources/cpu/shares",
     [](const R &r) { return idles(r) ? Value() : nonzero<&R::cpu, &Cpu::shares>(r); }, true},
    {"cpu", "cpu.cfs_period_us", "/linux/resources/cpu/period", nonzero<&R::cpu, &Cpu::period>, true},
    {"cpu", "cpu.cfs_quota_us", "/linux/resources/cpu/quota", nonzero<&R::cpu, &Cpu::quota>, true},
    {"cpu", "cpu.cfs_burst_us", "/linux/resources/cpu/burst", nonzero<&R::cpu, &Cpu::burst>, true},
    {"cpu", "cpu.cfs_burst_us", "/linux/resources/cpu/burst", zero<&R::cpu, &Cpu::burst>, true, true},
    {"cpu", "cpu.rt_period_us", "/linux/resources/cpu/realtimePeriod",
     nonzero<&R::cpu, &Cpu::realtime_period>, true},
    {"cpu", "cpu.rt_runtime_us", "/linux/resources/cpu/realtimeRuntime",
     nonzero<&R::cpu, &Cpu::realtime_runtime>, true},
    {"cpu", "cpu.idle", "/linux/resources/cpu/idle", nonzero<&R::cpu, &Cpu::idle>},
    {"cpu", "cpu.idle", "/linux/resources/cpu/idle", zero<&R::cpu, &Cpu::idle>, false, true},

    {"cpuset", "cpuset.cpus", "/linux/resources/cpu/cpus", text<&R::cpu, &Cpu::cpus>},
    {"cpuset", "cpuset.mems", "/linux/resources/cpu/mems", text<&R::cpu, &Cpu::mems>},

    {"pids", "pids.max", "/linux/resources/pids/limit", pids_max},

    {"net_cls", "net_cls.classid", "/linux/resources/network/classID",
     nonzero<&R::network, &oci::NetworkResources::class_id>},
};

/// `file` of CFQ (gone with Linux 5.0) or its BFQ counterpart.
void add_weight(std::vector<CgroupWrite> &writes, std::string_view file, std::string value, Origin origin)
{
    writes.push_back({.file = str("blkio.", file),
                      .value = value,
                      .origin = origin,
                      .instead = str("blkio.bfq.", file),
                      .instead_value = value});
}

// spec: LinuxResourcesBlockIoWeight
void add_weights(const R &r, std::vector<CgroupWrite> &writes)
{
    if (!r.block_io) {
        return;
    }
    const oci::BlockIoResources &io = *r.block_io;
    if (io.weight.value_or(0) != 0) {
        add_weight(writes, "weight", str(*io.weight), {"/linux/resources/blockIO/weight"});
    }
    if (io.leaf_weight.value_or(0) != 0) {
        writes.push_back(
            {"blkio.leaf_weight", str(*io.leaf_weight), {"/linux/resources/blockIO/leafWeight"}});
    }
    for (std::size_t i = 0; i < io.weight_device.size(); ++i) {
        const oci::WeightDevice &device = io.weight_device[i];
        const Origin origin{"/linux/resources/blockIO/weightDevice", static_cast<std::int32_t>(i)};
        if (device.weight.value_or(0) != 0) {
            add_weight(writes, "weight_device", device_value(device.major, device.minor, str(*device.weight)),
                       origin);
        }
        if (device.leaf_weight.value_or(0) != 0) {
            writes.push_back({"blkio.leaf_weight_device",
                              device_value(device.major, device.minor, str(*device.leaf_weight)), origin});
        }
    }
}

struct Throttle {
    std::vector<oci::ThrottleDevice> oci::BlockIoResources::*devices;
    const char *file;
    const char *pointer;
};
constexpr Throttle kThrottles[] = {
    {&oci::BlockIoResources::throttle_read_bps, "blkio.throttle.read_bps_device",
     "/linux/resources/blockIO/throttleReadBpsDevice"},
    {&oci::BlockIoResources::throttle_write_bps, "blkio.throttle.write_bps_device",
     "/linux/resources/blockIO/throttleWriteBpsDevice"},
    {&oci::BlockIoResources::throttle_read_iops, "blkio.throttle.read_iops_device",
     "/linux/resources/blockIO/throttleReadIOPSDevice"},
    {&oci::BlockIoResources::throttle_write_iops, "blkio.throttle.write_iops_device",
     "/linux/resources/blockIO/throttleWriteIOPSDevice"},
};

// spec: LinuxResourcesBlockIoThrottle
void add_throttles(const R &r, std::vector<CgroupWrite> &writes)
{
    for (const Throttle &row : kThrottles) {
        const auto devices = r.block_io ? (*r.block_io).*row.devices : std::vector<oci::ThrottleDevice>();
        for (std::size_t i = 0; i < devices.size(); ++i) {
            writes.push_back({row.file,
                              device_value(devices[i].major, devices[i].minor, str(devices[i].rate)),
                              {row.pointer, static_cast<std::int32_t>(i)}});
        }
    }
}

// spec: LinuxResourcesNetwork
void add_priorities(const R &r, std::vector<CgroupWrite> &writes)
{
    const auto priorities = r.network ? r.network->priorities : std::vector<oci::InterfacePriority>();
    for (std::size_t i = 0; i < priorities.size(); ++i) {
        writes.push_back({"net_prio.ifpriomap",
                          str(priorities[i].name, ' ', priorities[i].priority),
                          {"/linux/resources/network/priorities", static_cast<std::int32_t>(i)}});
    }
}

// spec: LinuxResourcesBlockIoWeight, LinuxResourcesBlockIoThrottle, LinuxResourcesHugetlb, LinuxResourcesRdma
constexpr ListKnob kLists[] = {
    {"blkio", add_weights},
    {"blkio", add_throttles},
    {"hugetlb",
     [](const R &r, std::vector<CgroupWrite> &writes) { add_hugetlb(r, "limit_in_bytes", writes); }},
    {"net_prio", add_priorities},
    {"rdma", add_rdma},
};

}  // namespace

std::span<const Knob> v1_knobs() { return kKnobs; }
std::span<const ListKnob> v1_lists() { return kLists; }

Value lift_swap(const oci::Resources &resources)
{
    const bool lifted = asked<&R::memory, &Memory::limit>(resources).value_or(0) == -1;
    return lifted && asked<&R::memory, &Memory::swap>(resources).value_or(0) == 0 ? Value("-1") : Value();
}

// spec: LinuxResourcesHugetlb
void add_hugetlb(const oci::Resources &resources, std::string_view file, std::vector<CgroupWrite> &writes)
{
    for (std::size_t i = 0; i < resources.hugepage_limits.size(); ++i) {
        const oci::HugepageLimit &limit = resources.hugepage_limits[i];
        writes.push_back({.file = str("hugetlb.", limit.page_size, ".rsvd.", file),
                          .value = str(limit.limit),
                          .origin = {"/linux/resources/hugepageLimits", static_cast<std::int32_t>(i)},
                          .instead = str("hugetlb.", limit.page_size, ".", file),
                          .instead_value = str(limit.limit)});
    }
}

// spec: LinuxResourcesRdma
void add_rdma(const oci::Resources &resources, std::vector<CgroupWrite> &writes)
{
    for (const auto &[device, limits] : resources.rdma) {
        std::string value = device;
        if (limits.hca_handles) {
            value += str(" hca_handle=", *limits.hca_handles);
        }
        if (limits.hca_objects) {
            value += str(" hca_object=", *limits.hca_objects);
        }
        writes.push_back({"rdma.max", value, {"/linux/resources/rdma"}});
    }
}

}  // namespace rt::plan
