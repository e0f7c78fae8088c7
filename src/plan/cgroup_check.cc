// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with linux.resources whatever the machine is.
#include <algorithm>

#include "plan/cgroup_knobs.h"

namespace rt::plan {
namespace {

// spec: LinuxResourcesMemorySwap
Status check_memory(const oci::MemoryResources &memory)
{
    constexpr const char *kSwap = "/linux/resources/memory/swap";
    const std::int64_t limit = memory.limit.value_or(0), swap = memory.swap.value_or(0);
    if (swap > 0 && limit <= 0) {
        return Error::input_at(kSwap, "needs a memory limit, being memory and swap together");
    }
    if (swap > 0 && swap < limit) {
        return Error::input_at(kSwap, str("must not be below the memory limit ", limit,
                                          ", being memory and swap together, got ", swap));
    }
    return {};
}

// spec: LinuxResourcesCpuBurst
Status check_cpu(const oci::CpuResources &cpu)
{
    const std::int64_t quota = cpu.quota.value_or(-1);
    if (quota > 0 && cpu.burst.value_or(0) > static_cast<std::uint64_t>(quota)) {
        return Error::input_at("/linux/resources/cpu/burst",
                               str("must not be above the quota ", quota, ", got ", *cpu.burst));
    }
    return {};
}

/// ^[1-9][0-9]*[KMG]B$: it becomes part of a file name.
bool page_size(std::string_view size)
{
    const std::size_t digits = std::min(size.find_first_not_of("0123456789"), size.size());
    const std::string_view unit = size.substr(digits);
    return digits > 0 && size.front() != '0' && (unit == "KB" || unit == "MB" || unit == "GB");
}

/// A name that stays one word in the line the kernel reads.
bool word(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c != 0x7f; });
}

Status check_network(const oci::NetworkResources &network)
{
    for (std::size_t i = 0; i < network.priorities.size(); ++i) {
        if (!word(network.priorities[i].name)) {
            return Error::input_at(
                str("/linux/resources/network/priorities/", i, "/name"),
                str("must be the name of an interface, got \"", network.priorities[i].name, "\""));
        }
    }
    return {};
}

}  // namespace

Status check_resources(const oci::Resources &resources)
{
    if (resources.memory) {
        TRY(check_memory(*resources.memory));
    }
    if (resources.cpu) {
        TRY(check_cpu(*resources.cpu));
    }
    if (resources.network) {
        TRY(check_network(*resources.network));
    }
    for (std::size_t i = 0; i < resources.hugepage_limits.size(); ++i) {
        if (const std::string &size = resources.hugepage_limits[i].page_size; !page_size(size)) {
            return Error::input_at(str("/linux/resources/hugepageLimits/", i, "/pageSize"),
                                   str("must be a size such as \"2MB\", got \"", size, "\""));
        }
    }
    for (const auto &[device, limits] : resources.rdma) {
        if (!word(device)) {
            return Error::input_at("/linux/resources/rdma", str("must name a device, got \"", device, "\""));
        }
    }
    return {};
}

}  // namespace rt::plan
