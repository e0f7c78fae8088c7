// SPDX-License-Identifier: Apache-2.0
//
// config-linux.md#control-groups in the files of cgroup v2, and what can't be said there.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "plan/cgroup_knobs.h"

namespace rt::plan {
namespace {

using R = oci::Resources;
using Memory = oci::MemoryResources;
using Cpu = oci::CpuResources;

template <auto Field>
Value memory_or_max(const R &r)
{
    const std::int64_t value = asked<&R::memory, Field>(r).value_or(0);
    return value != 0 ? Value(or_max(value)) : Value();
}

/// The spec's swap is memory and swap together, v2's is swap alone.
Value swap_alone(const R &r)
{
    const std::int64_t swap = asked<&R::memory, &Memory::swap>(r).value_or(0);
    if (swap == 0) {
        return {};
    }
    return or_max(swap < 0 ? -1 : swap - asked<&R::memory, &Memory::limit>(r).value_or(0));
}

/// None of it and any of it is asked of a kernel that counts no swap, too.
template <bool Amount>
Value swap_if(const R &r)
{
    Value value = swap_alone(r);
    return value && (*value != "0" && *value != "max") == Amount ? value : Value();
}

/// "QUOTA PERIOD"; a quota alone leaves the period as it is.
Value cpu_max(const R &r)
{
    const std::int64_t quota = asked<&R::cpu, &Cpu::quota>(r).value_or(0);
    const std::uint64_t period = asked<&R::cpu, &Cpu::period>(r).value_or(0);
    if (quota == 0 && period == 0) {
        return {};
    }
    std::string value = or_max(quota == 0 ? -1 : quota);
    if (period != 0) {
        value += str(' ', period);
    }
    return value;
}

Value weight_of_shares(const R &r)
{
    const std::uint64_t shares = asked<&R::cpu, &Cpu::shares>(r).value_or(0);
    return shares != 0 && !idles(r) ? Value(str(cpu_weight(shares))) : Value();
}

// spec: CgroupV2Conversion
constexpr Knob kKnobs[] = {
    {"memory", "memory.max", "/linux/resources/memory/limit", memory_or_max<&Memory::limit>},
    {"memory", "memory.swap.max", "/linux/resources/memory/swap", swap_if<true>},
    {"memory", "memory.swap.max", "/linux/resources/memory/swap", swap_if<false>, false, true},
    {"memory", "memory.swap.max", "/linux/resources/memory/limit",
     [](const R &r) { return lift_swap(r) ? Value("max") : Value(); }, false, true},
    {"memory", "memory.low", "/linux/resources/memory/reservation", memory_or_max<&Memory::reservation>},

    {"cpu", "cpu.weight", "/linux/resources/cpu/shares", weight_of_shares, true},
    {"cpu", "cpu.max", "/linux/resources/cpu/quota", cpu_max, true},
    {"cpu", "cpu.max.burst", "/linux/resources/cpu/burst", nonzero<&R::cpu, &Cpu::burst>, true},
    {"cpu", "cpu.max.burst", "/linux/resources/cpu/burst", zero<&R::cpu, &Cpu::burst>, true, true},
    {"cpu", "cpu.idle", "/linux/resources/cpu/idle", nonzero<&R::cpu, &Cpu::idle>},
    {"cpu", "cpu.idle", "/linux/resources/cpu/idle", zero<&R::cpu, &Cpu::idle>, false, true},

    {"cpuset", "cpuset.cpus", "/linux/resources/cpu/cpus", text<&R::cpu, &Cpu::cpus>},
    {"cpuset", "cpuset.mems", "/linux/resources/cpu/mems", text<&R::cpu, &Cpu::mems>},

    {"pids", "pids.max", "/linux/resources/pids/limit", pids_max},
};

void add_weights(const R &r, std::vector<CgroupWrite> &writes)
{
    if (!r.block_io) {
        return;
    }
    const oci::BlockIoResources &io = *r.block_io;
    if (io.weight.value_or(0) != 0) {
        writes.push_back({.file = "io.bfq.weight",
                          .value = str(*io.weight),
                          .origin = {"/linux/resources/blockIO/weight"},
                          .instead = "io.weight",
                          .instead_value = str(io_weight(*io.weight))});
    }
    for (std::size_t i = 0; i < io.weight_device.size(); ++i) {
        const oci::WeightDevice &device = io.weight_device[i];
        if (device.weight.value_or(0) == 0) {
            continue;
        }
        writes.push_back(
            {.file = "io.bfq.weight",
             .value = device_value(device.major, device.minor, str(*device.weight)),
             .origin = {"/linux/resources/blockIO/weightDevice", static_cast<std::int32_t>(i)},
             .instead = "io.weight",
             .instead_value = device_value(device.major, device.minor, str(io_weight(*device.weight)))});
    }
}

struct Throttle {
    std::vector<oci::ThrottleDevice> oci::BlockIoResources::*devices;
    const char *key;
    const char *pointer;
};
constexpr Throttle kThrottles[] = {
    {&oci::BlockIoResources::throttle_read_bps, "rbps", "/linux/resources/blockIO/throttleReadBpsDevice"},
    {&oci::BlockIoResources::throttle_write_bps, "wbps", "/linux/resources/blockIO/throttleWriteBpsDevice"},
    {&oci::BlockIoResources::throttle_read_iops, "riops", "/linux/resources/blockIO/throttleReadIOPSDevice"},
    {&oci::BlockIoResources::throttle_write_iops, "wiops",
     "/linux/resources/blockIO/throttleWriteIOPSDevice"},
};

void add_throttles(const R &r, std::vector<CgroupWrite> &writes)
{
    for (const Throttle &row : kThrottles) {
        const auto devices = r.block_io ? (*r.block_io).*row.devices : std::vector<oci::ThrottleDevice>();
        for (std::size_t i = 0; i < devices.size(); ++i) {
            // 0 takes a v1 limit away; io.max has a word for that.
            const std::string rate = devices[i].rate == 0 ? "max" : str(devices[i].rate);
            writes.push_back({"io.max",
                              device_value(devices[i].major, devices[i].minor, str(row.key, '=', rate)),
                              {row.pointer, static_cast<std::int32_t>(i)}});
        }
    }
}

constexpr ListKnob kLists[] = {
    {"io", add_weights},
    {"io", add_throttles},
    {"hugetlb", [](const R &r, std::vector<CgroupWrite> &writes) { add_hugetlb(r, "max", writes); }},
    {"rdma", add_rdma},
};

/// Present, not zero and not "unlimited".
template <auto Object, auto Field>
bool limited(const R &r)
{
    const auto value = asked<Object, Field>(r);
    return value && *value != 0 && static_cast<std::int64_t>(*value) != -1;
}

// spec: CgroupV2Unconvertible
//
// Zero is what engines send for "unset" and is let through.
constexpr Unconvertible kUnconvertible[] = {
    {"memory", "/linux/resources/memory/kernel", limited<&R::memory, &Memory::kernel>},
    {"memory", "/linux/resources/memory/kernelTCP", limited<&R::memory, &Memory::kernel_tcp>},
    {"memory", "/linux/resources/memory/swappiness", limited<&R::memory, &Memory::swappiness>},
    {"memory", "/linux/resources/memory/disableOOMKiller",
     [](const R &r) { return asked<&R::memory, &Memory::disable_oom_killer>(r).value_or(false); }},
    {"memory", "/linux/resources/memory/useHierarchy",
     [](const R &r) { return !asked<&R::memory, &Memory::use_hierarchy>(r).value_or(true); }},
    {"cpu", "/linux/resources/cpu/realtimePeriod", limited<&R::cpu, &Cpu::realtime_period>},
    {"cpu", "/linux/resources/cpu/realtimeRuntime", limited<&R::cpu, &Cpu::realtime_runtime>},
    {"io", "/linux/resources/blockIO/leafWeight",
     [](const R &r) { return asked<&R::block_io, &oci::BlockIoResources::leaf_weight>(r).value_or(0) != 0; }},
    {"io", "/linux/resources/blockIO/weightDevice",
     [](const R &r) {
         return r.block_io && std::ranges::any_of(r.block_io->weight_device, [](const oci::WeightDevice &d) {
                    return d.leaf_weight.value_or(0) != 0;
                });
     }},
    {"net_cls", "/linux/resources/network/classID", limited<&R::network, &oci::NetworkResources::class_id>},
    {"net_prio", "/linux/resources/network/priorities",
     [](const R &r) { return r.network && !r.network->priorities.empty(); }},
};

}  // namespace

std::span<const Knob> v2_knobs() { return kKnobs; }
std::span<const ListKnob> v2_lists() { return kLists; }
std::span<const Unconvertible> v2_unconvertible() { return kUnconvertible; }

std::uint64_t cpu_weight(std::uint64_t shares)
{
    constexpr std::uint64_t kLeast = 2, kMost = 262144;
    // 126 = 7/34 * 612: kept in the numerator, so that the three points come out as whole numbers.
    const double log = std::log2(static_cast<double>(std::clamp(shares, kLeast, kMost)));
    return static_cast<std::uint64_t>(std::ceil(std::pow(10.0, (log * log + 125 * log - 126) / 612)));
}

std::uint64_t io_weight(std::uint64_t weight)
{
    const std::uint64_t above = std::clamp<std::uint64_t>(weight, 10, 1000) - 10;
    return 1 + above * 9999 / 990;
}

}  // namespace rt::plan
