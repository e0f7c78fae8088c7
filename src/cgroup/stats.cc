// SPDX-License-Identifier: Apache-2.0
#include "cgroup/stats.h"

#include "cgroup/stat_sheet.h"

namespace rt::cgroup {
namespace {

constexpr auto kAlways = Print::kAlways;
constexpr auto kUnlessZero = Print::kUnlessZero;
constexpr auto kIfKnown = Print::kIfKnown;
constexpr auto kOne = Unit::kOne;
constexpr auto kUsec = Unit::kMicroseconds;
constexpr auto kTicks = Unit::kTicks;
constexpr auto kSigned = Unit::kSigned;
constexpr auto kZeroForMax = Unit::kZeroForMax;

// clang-format off
// spec: CliEventsStats
constexpr Number kCpuTotal[] = {
    {"total", kUnlessZero, {{"cpuacct.usage"}, {"cpu.stat", "usage_usec", kUsec}}},
};
constexpr Number kCpuModes[] = {
    {"kernel", kAlways, {{"cpuacct.usage_sys"}, {"cpuacct.stat", "system", kTicks}, {"cpu.stat", "system_usec", kUsec}}},
    {"user",   kAlways, {{"cpuacct.usage_user"}, {"cpuacct.stat", "user", kTicks}, {"cpu.stat", "user_usec", kUsec}}},
};
constexpr Number kThrottling[] = {
    {"periods",          kUnlessZero, {{"cpu.stat", "nr_periods"}}},
    {"throttledPeriods", kUnlessZero, {{"cpu.stat", "nr_throttled"}}},
    {"throttledTime",    kUnlessZero, {{"cpu.stat", "throttled_time"}, {"cpu.stat", "throttled_usec", kUsec}}},
    {"bursts",           kIfKnown,    {{"cpu.stat", "nr_bursts"}}},
    {"burstTime",        kIfKnown,    {{"cpu.stat", "burst_time"}, {"cpu.stat", "burst_usec", kUsec}}},
};
constexpr Number kCpuset[] = {
    {"cpu_exclusive", kAlways, {{"cpuset.cpu_exclusive"}}},
};
constexpr Number kCpusetMems[] = {
    {"mem_hardwall",             kAlways, {{"cpuset.mem_hardwall"}}},
    {"mem_exclusive",            kAlways, {{"cpuset.mem_exclusive"}}},
    {"memory_migrate",           kAlways, {{"cpuset.memory_migrate"}}},
    {"memory_spread_page",       kAlways, {{"cpuset.memory_spread_page"}}},
    {"memory_spread_slab",       kAlways, {{"cpuset.memory_spread_slab"}}},
    {"memory_pressure",          kAlways, {{"cpuset.memory_pressure"}}},
    {"sched_load_balance",       kAlways, {{"cpuset.sched_load_balance"}}},
    {"sched_relax_domain_level", kAlways, {{"cpuset.sched_relax_domain_level", "", kSigned}}},
};
constexpr Number kCache[] = {
    {"cache", kUnlessZero, {{"memory.stat", "cache"}, {"memory.stat", "file"}}},
};
constexpr Number kUsage[] = {
    {"limit",   kAlways,     {{"memory.limit_in_bytes"}, {"memory.max"}}},
    {"usage",   kUnlessZero, {{"memory.usage_in_bytes"}, {"memory.current"}}},
    {"max",     kUnlessZero, {{"memory.max_usage_in_bytes"}, {"memory.peak"}}},
    {"failcnt", kAlways,     {{"memory.failcnt"}}},
};
// v1 counts memory and swap together, and so do the engines.
constexpr Number kSwap[] = {
    {"limit",   kAlways,     {{"memory.memsw.limit_in_bytes"}, {"memory.swap.max", "", kOne, "memory.max"}}},
    {"usage",   kUnlessZero, {{"memory.memsw.usage_in_bytes"}, {"memory.swap.current", "", kOne, "memory.current"}}},
    {"max",     kUnlessZero, {{"memory.memsw.max_usage_in_bytes"}}},
    {"failcnt", kAlways,     {{"memory.memsw.failcnt"}}},
};
constexpr Number kKernel[] = {
    {"limit",   kAlways,     {{"memory.kmem.limit_in_bytes"}}},
    {"usage",   kUnlessZero, {{"memory.kmem.usage_in_bytes"}, {"memory.stat", "kernel"}}},
    {"max",     kUnlessZero, {{"memory.kmem.max_usage_in_bytes"}}},
    {"failcnt", kAlways,     {{"memory.kmem.failcnt"}}},
};
constexpr Number kKernelTcp[] = {
    {"limit",   kAlways,     {{"memory.kmem.tcp.limit_in_bytes"}}},
    {"usage",   kUnlessZero, {{"memory.kmem.tcp.usage_in_bytes"}, {"memory.stat", "sock"}}},
    {"max",     kUnlessZero, {{"memory.kmem.tcp.max_usage_in_bytes"}}},
    {"failcnt", kAlways,     {{"memory.kmem.tcp.failcnt"}}},
};
constexpr Number kMemoryEvents[] = {  // v1's; v2 has a file of them
    {"oom_kill", kIfKnown, {{"memory.oom_control", "oom_kill"}}},
};
constexpr Number kPids[] = {
    {"current", kUnlessZero, {{"pids.current"}}},
    {"limit",   kUnlessZero, {{"pids.max", "", kZeroForMax}}},
    {"peak",    kIfKnown,    {{"pids.peak"}}},
};
// clang-format on

/// A column of cpuacct.usage_all, which has a line of names first.
std::vector<std::uint64_t> column(Sheet &sheet, const char *file, std::string_view name)
{
    std::vector<std::uint64_t> values;
    std::size_t at = 0;
    for (const std::string_view line : split(sheet.files().text(file), '\n')) {
        const auto words = split(line, ' ');
        if (at == 0) {
            while (at < words.size() && words[at] != name) {
                ++at;
            }
        } else if (at < words.size()) {
            values.push_back(count_of(words[at]).value_or(0));
        }
    }
    return values;
}

void write_cpu(Sheet &sheet)
{
    sheet.out().name("cpu").begin_object();
    sheet.out().name("usage").begin_object();
    sheet.numbers(kCpuTotal);
    std::vector<std::uint64_t> each;
    for (const std::string_view word : split(sheet.files().text("cpuacct.usage_percpu"), ' ')) {
        each.push_back(count_of(word).value_or(0));
    }
    sheet.list("percpu", each);
    sheet.list("percpu_kernel", column(sheet, "cpuacct.usage_all", "system"));
    sheet.list("percpu_user", column(sheet, "cpuacct.usage_all", "user"));
    sheet.numbers(kCpuModes);
    sheet.out().end_object();
    sheet.object("throttling", kThrottling);
    sheet.psi("cpu.pressure");
    sheet.out().end_object();
}

void write_cpuset(Sheet &sheet)
{
    const auto ids = [&](const char *v1, const char *v2) {
        const std::string &text = sheet.files().text(v1);
        return ids_of(text.empty() ? sheet.files().text(v2) : text);
    };
    sheet.out().name("cpuset").begin_object();
    sheet.list("cpus", ids("cpuset.cpus", "cpuset.cpus.effective"));
    sheet.numbers(kCpuset);
    sheet.list("mems", ids("cpuset.mems", "cpuset.mems.effective"));
    sheet.numbers(kCpusetMems);
    sheet.out().end_object();
}

void write_memory(Sheet &sheet)
{
    sheet.out().name("memory").begin_object();
    sheet.numbers(kCache);
    sheet.object("usage", kUsage);
    sheet.object("swap", kSwap);
    sheet.object("kernel", kKernel);
    sheet.object("kernelTCP", kKernelTcp);
    sheet.whole("raw", "memory.stat");
    sheet.psi("memory.pressure");
    if (!sheet.whole("events", "memory.events") && !sheet.files().text("memory.oom_control").empty()) {
        sheet.object("events", kMemoryEvents);
    }
    sheet.out().end_object();
}

void write_pids(Sheet &sheet)
{
    sheet.out().name("pids").begin_object();
    sheet.numbers(kPids);
    sheet.whole("events", "pids.events");
    sheet.out().end_object();
}

}  // namespace

Status write_stats(json::Writer &out, StatFiles &files)
{
    Sheet sheet(out, files);
    out.begin_object();
    write_cpu(sheet);
    write_cpuset(sheet);
    write_memory(sheet);
    write_pids(sheet);
    write_blkio(sheet);
    TRY(write_hugetlb(sheet));
    out.name("intel_rdt").begin_object().end_object();
    out.name("network_interfaces").null();
    write_rdma(sheet);
    write_misc(sheet);
    sheet.whole("cgroup", "cgroup.events");
    out.end_object();
    return {};
}

}  // namespace rt::cgroup
