// SPDX-License-Identifier: Apache-2.0
//
// config-linux.md#control-groups: which value goes to which file.
#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cgroup_hosts.h"
#include "plan/cgroup.h"

namespace rt::plan {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Make = void (*)(oci::Resources &);

Pairs pairs_of(const CgroupPlan &plan)
{
    Pairs pairs;
    for (const CgroupDir &dir : plan.dirs) {
        for (const CgroupWrite &write : dir.writes) {
            pairs.emplace_back(write.file, write.value);
        }
    }
    return pairs;
}

Result<CgroupPlan> plan_with(Make make, const CgroupHost &host)
{
    oci::Linux linux_;
    linux_.cgroups_path = "/rt-x";
    make(linux_.resources.emplace());
    return plan_cgroup(linux_, "id", host);
}

Pairs written(Make make, const CgroupHost &host)
{
    auto plan = plan_with(make, host);
    return plan.ok() ? pairs_of(*plan) : Pairs{{"refused", plan.error().text()}};
}

struct Field {
    const char *name;
    Make make;
    Pairs v1, v2;
};
void PrintTo(const Field &field, std::ostream *out) { *out << field.name; }

class Fields : public testing::TestWithParam<Field> {};

TEST_P(Fields, GoToTheFilesOfV1) { EXPECT_EQ(written(GetParam().make, v1_host()), GetParam().v1); }
TEST_P(Fields, GoToTheFilesOfV2) { EXPECT_EQ(written(GetParam().make, v2_host()), GetParam().v2); }

// spec: LinuxResourcesMemory, LinuxResourcesMemoryReservation, LinuxResourcesMemorySwap
// spec: LinuxResourcesMemoryOOMKiller, LinuxResourcesMemoryUseHierarchy, LinuxResourcesCpuShares
// spec: LinuxResourcesCpuQuota, LinuxResourcesCpuBurst, LinuxResourcesCpuIdle, LinuxResourcesCpuset
// spec: LinuxResourcesPids, LinuxResourcesPidsZero, LinuxResourcesBlockIoWeight
// spec: LinuxResourcesBlockIoThrottle, LinuxResourcesHugetlb, LinuxResourcesRdma, CgroupV2Conversion
INSTANTIATE_TEST_SUITE_P(
    Resources, Fields,
    testing::
        Values(
            Field{"limit",
                  [](oci::Resources &r) { r.memory.emplace().limit = 1 << 20; },
                  {{"memory.limit_in_bytes", "1048576"}},
                  {{"memory.max", "1048576"}}},
            Field{"unlimited",
                  [](oci::Resources &r) { r.memory.emplace().limit = -1; },
                  {{"memory.limit_in_bytes", "-1"}, {"memory.memsw.limit_in_bytes", "-1"}},
                  {{"memory.max", "max"}, {"memory.swap.max", "max"}}},
            Field{"zero structs of engines",
                  [](oci::Resources &r) {
                      r.memory = {.limit = 0, .reservation = 0, .swap = 0, .kernel = 0, .kernel_tcp = 0};
                      r.cpu = oci::CpuResources{.shares = 0,
                                                .period = 0,
                                                .realtime_period = 0,
                                                .quota = 0,
                                                .realtime_runtime = 0};
                      r.block_io.emplace().weight = std::uint16_t{0};
                  },
                  {},
                  {}},
            Field{"swap",
                  [](oci::Resources &r) { r.memory = {.limit = 1000, .swap = 3000}; },
                  {{"memory.limit_in_bytes", "1000"}, {"memory.memsw.limit_in_bytes", "3000"}},
                  {{"memory.max", "1000"}, {"memory.swap.max", "2000"}}},
            Field{"no swap",
                  [](oci::Resources &r) { r.memory = {.limit = 1000, .swap = 1000}; },
                  {{"memory.limit_in_bytes", "1000"}, {"memory.memsw.limit_in_bytes", "1000"}},
                  {{"memory.max", "1000"}, {"memory.swap.max", "0"}}},
            Field{"any swap",
                  [](oci::Resources &r) { r.memory = {.limit = 1000, .swap = -1}; },
                  {{"memory.limit_in_bytes", "1000"}, {"memory.memsw.limit_in_bytes", "-1"}},
                  {{"memory.max", "1000"}, {"memory.swap.max", "max"}}},
            Field{"reservation",
                  [](oci::Resources &r) { r.memory.emplace().reservation = 4096; },
                  {{"memory.soft_limit_in_bytes", "4096"}},
                  {{"memory.low", "4096"}}},
            Field{"oom killer on, hierarchy on",
                  [](oci::Resources &r) { r.memory = {.disable_oom_killer = false, .use_hierarchy = true}; },
                  {{"memory.oom_control", "0"}, {"memory.use_hierarchy", "1"}},
                  {}},
            Field{"shares",
                  [](oci::Resources &r) { r.cpu.emplace().shares = 262144; },
                  {{"cpu.shares", "262144"}},
                  {{"cpu.weight", "10000"}}},
            Field{
                "quota, period, burst",
                [](oci::Resources &r) {
                    r.cpu = oci::CpuResources{.burst = 10, .period = 100000, .quota = 50000};
                },
                {{"cpu.cfs_period_us", "100000"}, {"cpu.cfs_quota_us", "50000"}, {"cpu.cfs_burst_us", "10"}},
                {{"cpu.max", "50000 100000"}, {"cpu.max.burst", "10"}}},
            Field{"no burst, not idle",
                  [](oci::Resources &r) { r.cpu = oci::CpuResources{.burst = 0, .idle = 0}; },
                  {{"cpu.cfs_burst_us", "0"}, {"cpu.idle", "0"}},
                  {{"cpu.max.burst", "0"}, {"cpu.idle", "0"}}},
            Field{"idle, whatever the shares",
                  [](oci::Resources &r) { r.cpu = oci::CpuResources{.shares = 1024, .idle = 1}; },
                  {{"cpu.idle", "1"}},
                  {{"cpu.idle", "1"}}},
            Field{"quota alone",
                  [](oci::Resources &r) { r.cpu.emplace().quota = 50000; },
                  {{"cpu.cfs_quota_us", "50000"}},
                  {{"cpu.max", "50000"}}},
            Field{"no quota",
                  [](oci::Resources &r) { r.cpu.emplace().quota = -1; },
                  {{"cpu.cfs_quota_us", "-1"}},
                  {{"cpu.max", "max"}}},
            Field{"idle",
                  [](oci::Resources &r) { r.cpu.emplace().idle = 1; },
                  {{"cpu.idle", "1"}},
                  {{"cpu.idle", "1"}}},
            Field{"cpus and mems",
                  [](oci::Resources &r) {
                      r.cpu.emplace().cpus = "0-1";
                      r.cpu->mems = "0";
                  },
                  {{"cpuset.cpus", "0-1"}, {"cpuset.mems", "0"}},
                  {{"cpuset.cpus", "0-1"}, {"cpuset.mems", "0"}}},
            Field{"pids",
                  [](oci::Resources &r) { r.pids.emplace().limit = 7; },
                  {{"pids.max", "7"}},
                  {{"pids.max", "7"}}},
            Field{"no pids at all",
                  [](oci::Resources &r) { r.pids.emplace().limit = 0; },
                  {{"pids.max", "0"}},
                  {{"pids.max", "0"}}},
            Field{"any pids",
                  [](oci::Resources &r) { r.pids.emplace().limit = -1; },
                  {{"pids.max", "max"}},
                  {{"pids.max", "max"}}},
            Field{"weights",
                  [](oci::Resources &r) {
                      r.block_io.emplace().weight = std::uint16_t{500};
                      r.block_io->weight_device = {{.major = 8, .minor = 0, .weight = std::uint16_t{10}}};
                  },
                  {{"blkio.weight", "500"}, {"blkio.weight_device", "8:0 10"}},
                  {{"io.bfq.weight", "500"}, {"io.bfq.weight", "8:0 10"}}},
            Field{"throttles",
                  [](oci::Resources &r) {
                      r.block_io.emplace().throttle_read_bps = {{8, 0, 1}};
                      r.block_io->throttle_write_bps = {{8, 0, 2}, {8, 16, 0}};
                      r.block_io->throttle_read_iops = {{8, 0, 3}};
                      r.block_io->throttle_write_iops = {{8, 0, 4}};
                  },
                  {{"blkio.throttle.read_bps_device", "8:0 1"},
                   {"blkio.throttle.write_bps_device", "8:0 2"},
                   {"blkio.throttle.write_bps_device", "8:16 0"},
                   {"blkio.throttle.read_iops_device", "8:0 3"},
                   {"blkio.throttle.write_iops_device", "8:0 4"}},
                  {{"io.max", "8:0 rbps=1"},
                   {"io.max", "8:0 wbps=2"},
                   {"io.max", "8:16 wbps=max"},
                   {"io.max", "8:0 riops=3"},
                   {"io.max", "8:0 wiops=4"}}},
            Field{"huge pages",
                  [](oci::Resources &r) { r.hugepage_limits = {{"2MB", 4194304}}; },
                  {{"hugetlb.2MB.rsvd.limit_in_bytes", "4194304"}},
                  {{"hugetlb.2MB.rsvd.max", "4194304"}}},
            Field{
                "rdma",
                [](oci::Resources &r) {
                    r.rdma["mlx5_0"] = {.hca_handles = 3, .hca_objects = 10000};
                    r.rdma["mlx5_1"] = {.hca_objects = 1};
                },
                {{"rdma.max", "mlx5_0 hca_handle=3 hca_object=10000"}, {"rdma.max", "mlx5_1 hca_object=1"}},
                {{"rdma.max", "mlx5_0 hca_handle=3 hca_object=10000"},
                 {"rdma.max", "mlx5_1 hca_object=1"}}}));

// spec: LinuxResourcesNetwork, LinuxResourcesCpuRealtime, LinuxResourcesMemoryKernel
// spec: LinuxResourcesMemorySwappiness, LinuxResourcesMemoryOOMKiller, LinuxResourcesBlockIoWeight
TEST(CgroupV1, HasFilesThatV2HasNot)
{
    EXPECT_EQ(written(
                  [](oci::Resources &r) {
                      r.memory = {.kernel = 5, .kernel_tcp = 6, .swappiness = 0, .disable_oom_killer = true};
                      r.cpu = oci::CpuResources{.realtime_period = 1000000, .realtime_runtime = 9};
                      r.network = {.class_id = 0x100001, .priorities = {{"eth0", 3}}};
                      r.block_io.emplace().leaf_weight = std::uint16_t{20};
                  },
                  v1_host()),
              (Pairs{{"blkio.leaf_weight", "20"},
                     {"cpu.rt_period_us", "1000000"},
                     {"cpu.rt_runtime_us", "9"},
                     {"net_cls.classid", "1048577"},
                     {"net_prio.ifpriomap", "eth0 3"},
                     {"memory.kmem.limit_in_bytes", "5"},
                     {"memory.kmem.tcp.limit_in_bytes", "6"},
                     {"memory.swappiness", "0"},
                     {"memory.oom_control", "1"}}));
}

struct Refused {
    const char *pointer;
    Make make;
    CgroupHost (*host)();
};
void PrintTo(const Refused &refused, std::ostream *out) { *out << refused.pointer; }

class Refusals : public testing::TestWithParam<Refused> {};

TEST_P(Refusals, NameTheValue)
{
    auto plan = plan_with(GetParam().make, GetParam().host());
    ASSERT_FALSE(plan.ok()) << testing::PrintToString(pairs_of(*plan));
    EXPECT_EQ(plan.error().pointer(), GetParam().pointer);
    EXPECT_EQ(plan.error().blame(), Blame::kInput);
}

INSTANTIATE_TEST_SUITE_P(
    // spec: CgroupV2Unconvertible
    OfV1OnV2, Refusals,
    testing::Values(Refused{"/linux/resources/memory/kernel", [](auto &r) { r.memory.emplace().kernel = 1; },
                            v2_host},
                    Refused{"/linux/resources/memory/kernelTCP",
                            [](auto &r) { r.memory.emplace().kernel_tcp = 1; }, v2_host},
                    Refused{"/linux/resources/memory/swappiness",
                            [](auto &r) { r.memory.emplace().swappiness = 60; }, v2_host},
                    Refused{"/linux/resources/memory/disableOOMKiller",
                            [](auto &r) { r.memory.emplace().disable_oom_killer = true; }, v2_host},
                    Refused{"/linux/resources/memory/useHierarchy",
                            [](auto &r) { r.memory.emplace().use_hierarchy = false; }, v2_host},
                    Refused{"/linux/resources/cpu/realtimeRuntime",
                            [](auto &r) { r.cpu.emplace().realtime_runtime = 1; }, v2_host},
                    Refused{"/linux/resources/cpu/realtimePeriod",
                            [](auto &r) { r.cpu.emplace().realtime_period = 1; }, v2_host},
                    Refused{"/linux/resources/blockIO/leafWeight",
                            [](auto &r) { r.block_io.emplace().leaf_weight = std::uint16_t{10}; }, v2_host},
                    Refused{"/linux/resources/network/classID",
                            [](auto &r) { r.network.emplace().class_id = 1; }, v2_host},
                    Refused{"/linux/resources/network/priorities",
                            [](auto &r) {
                                r.network.emplace().priorities = {{"lo", 1}};
                            },
                            v2_host}));

INSTANTIATE_TEST_SUITE_P(
    // spec: LinuxResourcesUnified, LinuxResourcesUnifiedV1, LinuxResourcesMemorySwap, LinuxResourcesCpuBurst
    OfAny, Refusals,
    testing::Values(
        Refused{"/linux/resources/unified/memory.high", [](auto &r) { r.unified["memory.high"] = "1"; },
                v1_host},
        Refused{"/linux/resources/unified/memory.high", [](auto &r) { r.unified["memory.high"] = "1"; },
                hybrid_host},
        Refused{"/linux/resources/unified", [](auto &r) { r.unified["../x"] = "1"; }, v2_host},
        Refused{"/linux/resources/unified", [](auto &r) { r.unified["a/b"] = "1"; }, v2_host},
        Refused{"/linux/resources/unified", [](auto &r) { r.unified["misc.max"] = "1"; }, v2_host},
        Refused{"/linux/resources/unified/cgroup.procs", [](auto &r) { r.unified["cgroup.procs"] = "1"; },
                v2_host},
        Refused{"/linux/resources/hugepageLimits/0/pageSize",
                [](auto &r) {
                    r.hugepage_limits = {{"../../memory.max", 1}};
                },
                v2_host},
        Refused{"/linux/resources/memory/swap", [](auto &r) { r.memory = {.limit = 2, .swap = 1}; }, v1_host},
        Refused{"/linux/resources/memory/swap", [](auto &r) { r.memory.emplace().swap = 1; }, v2_host},
        Refused{"/linux/resources/cpu/burst",
                [](auto &r) { r.cpu = oci::CpuResources{.burst = 11, .quota = 10}; }, v1_host},
        Refused{"/linux/resources/network/priorities/0/name",
                [](auto &r) {
                    r.network.emplace().priorities = {{"eth0 1\neth1", 3}};
                },
                v1_host},
        Refused{"/linux/resources/pids/limit", [](auto &r) { r.pids.emplace().limit = 1; },
                [] { return CgroupHost{}; }},
        Refused{"/linux/resources/devices", [](auto &r) { r.devices = {{}}; }, [] { return CgroupHost{}; }}));

// spec: LinuxResourcesUnified
TEST(CgroupUnified, WritesUnknownFilesAndALineAtATime)
{
    EXPECT_EQ(
        written(
            [](oci::Resources &r) {
                r.unified = {
                    {"io.max", "8:0 rbps=1\n8:16 rbps=2\n"}, {"memory.high", "5"}, {"new.knob", "x"}};
            },
            v2_host()),
        (Pairs{
            {"io.max", "8:0 rbps=1"}, {"io.max", "8:16 rbps=2"}, {"memory.high", "5"}, {"new.knob", "x"}}));
    EXPECT_EQ(written(
                  [](oci::Resources &r) {
                      r.unified = {{"cpuset.cpus", ""}};
                  },
                  v2_host()),
              (Pairs{{"cpuset.cpus", "\n"}}));
}

TEST(CgroupHybrid, ControllersThatV1HasNotGoToTheUnifiedTree)
{
    const auto plan = plan_with(
        [](oci::Resources &r) {
            r.hugepage_limits = {{"2MB", 0}};
            r.pids.emplace().limit = 1;
        },
        hybrid_host());
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->dirs[*plan->born_in].writes.at(0).file, "hugetlb.2MB.rsvd.max");
    EXPECT_EQ(plan->enable, (std::vector<std::string>{"+hugetlb"}));
    EXPECT_EQ(pairs_of(*plan).at(0), (std::pair<std::string, std::string>("pids.max", "1")));
}

TEST(CgroupV2, EnablesWhatTheMachineHas)
{
    const auto plan = plan_with([](oci::Resources &) {}, v2_host());
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->enable,
              (std::vector<std::string>{"+cpuset", "+cpu", "+io", "+memory", "+hugetlb", "+pids", "+rdma"}));
}

// spec: LinuxResourcesMemorySwap
TEST(CgroupV2, OnlyAnAmountOfSwapNeedsAKernelThatCountsIt)
{
    constexpr std::pair<std::int64_t, bool> kSwap[] = {{-1, true}, {1000, true}, {1001, false}};
    for (const auto &[swap, may_be_missing] : kSwap) {
        oci::Linux linux_;
        linux_.cgroups_path = "/rt-x";
        linux_.resources.emplace().memory = {.limit = 1000, .swap = swap};
        const auto plan = plan_cgroup(linux_, "id", v2_host());
        ASSERT_TRUE(plan.ok());
        const auto &writes = plan->dirs[0].writes;
        const auto write = std::ranges::find(writes, "memory.swap.max", &CgroupWrite::file);
        ASSERT_NE(write, writes.end());
        EXPECT_EQ(write->may_be_missing, may_be_missing) << swap;
    }
}

TEST(CgroupV2, OlderNamesAreThereForOtherKernels)
{
    const auto plan =
        plan_with([](oci::Resources &r) { r.block_io.emplace().weight = std::uint16_t{1000}; }, v2_host());
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->dirs[0].writes.at(0).instead, "io.weight");
    EXPECT_EQ(plan->dirs[0].writes.at(0).instead_value, "10000");
}

// spec: LinuxResourcesCheckBeforeUpdate
TEST(CgroupV2, UsageIsCheckedWhenAskedFor)
{
    const auto plan =
        plan_with([](oci::Resources &r) { r.memory = {.limit = 5, .check_before_update = true}; }, v2_host());
    ASSERT_TRUE(plan.ok());
    EXPECT_STREQ(plan->dirs[0].writes.at(0).not_below, "memory.current");
}

// spec: CgroupV2Conversion
TEST(CgroupWeights, MeetBothEndsAndTheDefault)
{
    for (const auto &[shares, weight] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
             {0, 1}, {2, 1}, {1024, 100}, {262144, 10000}, {1U << 30, 10000}}) {
        EXPECT_EQ(cpu_weight(shares), weight) << shares;
    }
    for (const auto &[v1, v2] :
         std::vector<std::pair<std::uint64_t, std::uint64_t>>{{10, 1}, {500, 4950}, {1000, 10000}}) {
        EXPECT_EQ(io_weight(v1), v2) << v1;
    }
}

}  // namespace
}  // namespace rt::plan
