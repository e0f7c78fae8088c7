// SPDX-License-Identifier: Apache-2.0
//
// The files of a cgroup as properties of a unit of systemd.
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cgroup_hosts.h"
#include "plan/cgroup.h"
#include "plan/unit.h"

namespace rt::plan {
namespace {

const Systemd kSystem{.user = false, .root = "", .version = 252};

/// "Name=value" of every property that limits.
std::vector<std::string> limits_of(const oci::Resources &resources, const CgroupHost &host,
                                   const Systemd &systemd = kSystem)
{
    oci::Linux linux_;
    linux_.cgroups_path = "/x";
    linux_.resources = resources;
    const auto plan = plan_cgroup(linux_, "x", host);
    EXPECT_TRUE(plan.ok()) << plan.error().text();
    std::vector<std::string> words;
    for (const Property &property : plan.ok() ? unit_limits(*plan, host, systemd) : std::vector<Property>()) {
        words.push_back(property.name + "=" + dbus::print(property.value));
    }
    return words;
}

struct Limit {
    const char *name;
    void (*edit)(oci::Resources &);
    std::vector<std::string> v2, v1;
};
void PrintTo(const Limit &limit, std::ostream *out) { *out << limit.name; }

class Limited : public testing::TestWithParam<Limit> {};

TEST_P(Limited, InSystemdsWordsOnV2)
{
    oci::Resources resources;
    GetParam().edit(resources);
    EXPECT_EQ(limits_of(resources, v2_host()), GetParam().v2);
}

TEST_P(Limited, InSystemdsWordsOnV1)
{
    oci::Resources resources;
    GetParam().edit(resources);
    if (resources.unified.empty()) {
        EXPECT_EQ(limits_of(resources, v1_host()), GetParam().v1);
    }
}

using R = oci::Resources;

// spec: SystemdLimits
INSTANTIATE_TEST_SUITE_P(
    Unit, Limited,
    testing::Values(
        Limit{"memory",
              [](R &r) { r.memory = {.limit = 1000, .reservation = 500, .swap = 1500}; },
              {"MemoryMax=uint64 1000", "MemorySwapMax=uint64 500", "MemoryLow=uint64 500"},
              {"MemoryLimit=uint64 1000"}},
        Limit{"no limit",
              [](R &r) { r.memory = {.limit = -1}; },
              {"MemoryMax=uint64 18446744073709551615", "MemorySwapMax=uint64 18446744073709551615"},
              {"MemoryLimit=uint64 18446744073709551615"}},
        Limit{
            "cpu",
            [](R &r) { r.cpu = {.shares = 1024, .period = 50000, .quota = 25000}; },
            {"CPUWeight=uint64 100", "CPUQuotaPerSecUSec=uint64 500000", "CPUQuotaPeriodUSec=uint64 50000"},
            {"CPUShares=uint64 1024", "CPUQuotaPerSecUSec=uint64 500000", "CPUQuotaPeriodUSec=uint64 50000"}},
        Limit{"shares below the kernel's",
              [](R &r) { r.cpu = {.shares = 1}; },
              {"CPUWeight=uint64 1"},
              {"CPUShares=uint64 2"}},
        Limit{"shares beyond the kernel's",
              [](R &r) { r.cpu = {.shares = 1'000'000}; },
              {"CPUWeight=uint64 10000"},
              {"CPUShares=uint64 262144"}},
        // 1.55 % would become 1 when systemd is reloaded.
        Limit{"whole percents",
              [](R &r) { r.cpu = {.quota = 1550}; },
              {"CPUQuotaPerSecUSec=uint64 20000"},
              {"CPUQuotaPerSecUSec=uint64 20000"}},
        Limit{"no quota",
              [](R &r) { r.cpu = {.quota = -1}; },
              {"CPUQuotaPerSecUSec=uint64 18446744073709551615"},
              {"CPUQuotaPerSecUSec=uint64 18446744073709551615"}},
        Limit{"cpuset",
              [](R &r) { r.cpu = {.cpus = "0-2,9", .mems = "0"}; },
              {"AllowedCPUs=[byte 7, byte 2]", "AllowedMemoryNodes=[byte 1]"},
              {}},
        Limit{"idle", [](R &r) { r.cpu = {.idle = 1}; }, {"CPUWeight=uint64 0"}, {}},
        Limit{"pids", [](R &r) { r.pids = {.limit = 7}; }, {"TasksMax=uint64 7"}, {"TasksMax=uint64 7"}},
        Limit{"no pids", [](R &r) { r.pids = {.limit = 0}; }, {"TasksMax=uint64 1"}, {"TasksMax=uint64 1"}},
        Limit{"any pids",
              [](R &r) { r.pids = {.limit = -1}; },
              {"TasksMax=uint64 18446744073709551615"},
              {"TasksMax=uint64 18446744073709551615"}},
        Limit{"io weight",
              [](R &r) {
                  r.block_io = {.weight = 1000, .weight_device = {{8, 0, 500, {}}}};
              },
              {"IOWeight=uint64 10000", "IODeviceWeight=[('/dev/block/8:0', uint64 4950)]"},
              {"BlockIOWeight=uint64 1000", "BlockIODeviceWeight=[('/dev/block/8:0', uint64 500)]"}},
        Limit{"io rates",
              [](R &r) {
                  r.block_io = {.throttle_read_bps = {{8, 0, 1000}}, .throttle_write_iops = {{8, 0, 0}}};
              },
              {"IOReadBandwidthMax=[('/dev/block/8:0', uint64 1000)]",
               "IOWriteIOPSMax=[('/dev/block/8:0', uint64 18446744073709551615)]"},
              {"BlockIOReadBandwidth=[('/dev/block/8:0', uint64 1000)]"}},
        Limit{
            "unified",
            [](R &r) {
                r.unified = {{"memory.high", "4096"}, {"memory.min", "max"},     {"io.weight", "default 77"},
                             {"cpu.max", "max"},      {"memory.oom.group", "1"}, {"memory.max", "12M"}};
            },
            {"CPUQuotaPerSecUSec=uint64 18446744073709551615", "IOWeight=uint64 77", "MemoryHigh=uint64 4096",
             "MemoryMax=uint64 12582912", "MemoryMin=uint64 18446744073709551615"},
            {}},
        Limit{"unified sizes",
              [](R &r) {
                  r.unified = {{"memory.high", " 3k\n"},
                               {"memory.low", "2G"},
                               {"memory.max", "17179869184G"},
                               {"memory.min", "M"},
                               {"memory.swap.max", "5x"}};
              },
              {"MemoryHigh=uint64 3072", "MemoryLow=uint64 2147483648"},
              {}},
        // systemd refuses it, and the kernel takes one byte for none.
        Limit{"unified memory.high of nothing",
              [](R &r) {
                  r.unified = {{"memory.high", "0"}};
              },
              {"MemoryHigh=uint64 1"},
              {}},
        Limit{"unified lists",
              [](R &r) {
                  r.unified = {{"cpuset.cpus", "0 2,,4-5, "}, {"cpuset.mems", ",0"}};
              },
              {"AllowedCPUs=[byte 53]", "AllowedMemoryNodes=[byte 1]"},
              {}},
        Limit{"a unified list that is none",
              [](R &r) {
                  r.unified = {{"cpuset.cpus", "0 - 3"}, {"cpuset.mems", " , "}};
              },
              {},
              {}},
        Limit{"unified words with blanks",
              [](R &r) {
                  r.unified = {{"cpu.idle", "1\n"}, {"cpu.max", " 25000  50000 "}, {"pids.max", " 7 "}};
              },
              {"CPUWeight=uint64 0", "CPUQuotaPerSecUSec=uint64 500000", "CPUQuotaPeriodUSec=uint64 50000",
               "TasksMax=uint64 7"},
              {}}));

// spec: SystemdLimits
TEST(Unit, LimitsCompressedSwapWhereSystemdKnowsIt)
{
    oci::Resources resources;
    resources.unified = {{"memory.zswap.max", "1M"}};
    EXPECT_EQ(limits_of(resources, v2_host(), {.user = false, .root = "", .version = 253}),
              std::vector<std::string>{"MemoryZSwapMax=uint64 1048576"});
    EXPECT_EQ(limits_of(resources, v2_host()), std::vector<std::string>{});
}

// spec: SystemdLimits
TEST(Unit, OfAnOldSystemdHasNoWordsItDoesNotKnow)
{
    oci::Resources resources;
    oci::CpuResources &cpu = resources.cpu.emplace();
    cpu.period = 100000;
    cpu.quota = 10000;
    cpu.cpus = "0";
    cpu.idle = 1;
    const Systemd old{.user = false, .root = "", .version = 239};
    EXPECT_EQ(limits_of(resources, v2_host(), old),
              std::vector<std::string>{"CPUQuotaPerSecUSec=uint64 100000"});
}

}  // namespace
}  // namespace rt::plan
