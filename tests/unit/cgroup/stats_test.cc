// SPDX-License-Identifier: Apache-2.0
//
// What is made of the kernel's texts; they are of real machines.
#include <unistd.h>

#include <limits>

#include <gtest/gtest.h>

#include "cgroup/stats.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

/// Directories with files in them that stand in for hierarchies, removed with them.
class Stats : public testing::Test {
protected:
    void hierarchy(const std::vector<std::pair<std::string, std::string>> &files)
    {
        std::string path = "/tmp/rt-stats-XXXXXX";
        ASSERT_NE(::mkdtemp(path.data()), nullptr);
        auto dir = kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY);
        ASSERT_TRUE(dir.ok());
        for (const auto &[name, text] : files) {
            const auto file = kernel::openat(*dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
            ASSERT_TRUE(file.ok());
            ASSERT_TRUE(kernel::write_all(*file, text).ok());
        }
        paths_.push_back(path);
        dirs_.push_back(std::move(dir).take());
    }

    /// The object at the top, without braces, up to the next of its members: "pids" of
    /// {"pids":{...},"blkio":...
    std::string member(const std::string &name, const std::string &next)
    {
        if (text_.empty()) {
            StatFiles files(std::move(dirs_));
            json::Writer out(json::Layout::kCompact);
            EXPECT_TRUE(write_stats(out, files).ok());
            text_ = std::move(out).take();
            EXPECT_TRUE(json::Document::parse(text_, "stats").ok()) << text_;
        }
        const std::size_t at = text_.find("\"" + name + "\":"), end = text_.find(",\"" + next + "\":", at);
        EXPECT_TRUE(at != text_.npos && end != text_.npos) << text_;
        return text_.substr(at + name.size() + 3, end - at - name.size() - 3);
    }

    void TearDown() override
    {
        for (const std::string &path : paths_) {
            const auto entries = kernel::list_at(kernel::kCwd, path);
            ASSERT_TRUE(entries.ok());
            for (const kernel::DirEntry &entry : *entries) {
                EXPECT_TRUE(kernel::unlinkat(kernel::kCwd, path + "/" + entry.name, 0).ok());
            }
            EXPECT_TRUE(kernel::unlinkat(kernel::kCwd, path, AT_REMOVEDIR).ok());
        }
    }

private:
    std::vector<std::string> paths_;
    std::vector<Fd> dirs_;
    std::string text_;
};

// spec: CliEventsStats
TEST_F(Stats, CpuOfV1IsInNanosecondsAndByProcessor)
{
    hierarchy({{"cpuacct.usage", "9127514\n"},
               {"cpuacct.usage_percpu", "357490 8770024 \n"},
               {"cpuacct.usage_all", "cpu user system\n0 11 12\n1 8000000 13\n"},
               {"cpuacct.stat", "user 3\nsystem 2\n"},
               {"cpu.stat", "nr_periods 7\nnr_throttled 3\nthrottled_time 99\nnr_bursts 2\nburst_time 5\n"}});
    EXPECT_EQ(
        member("cpu", "cpuset"),
        R"({"usage":{"total":9127514,"percpu":[357490,8770024],"percpu_kernel":[12,13],)"
        R"("percpu_user":[11,8000000],"kernel":20000000,"user":30000000},)"
        R"("throttling":{"periods":7,"throttledPeriods":3,"throttledTime":99,"bursts":2,"burstTime":5}})");
}

// spec: CliEventsStats
TEST_F(Stats, TheExactFilesOfV1GoBeforeTicks)
{
    hierarchy({{"cpuacct.stat", "user 3\nsystem 2\n"},
               {"cpuacct.usage_user", "30000001\n"},
               {"cpuacct.usage_sys", "20000002\n"}});
    EXPECT_EQ(member("usage", "throttling"), R"({"kernel":20000002,"user":30000001})");
}

// spec: CliEventsStats
TEST_F(Stats, CpuOfV2IsTurnedIntoNanoseconds)
{
    hierarchy({{"cpu.stat", "usage_usec 9127\nuser_usec 9000\nsystem_usec 127\nnice_usec 0\nnr_periods 4\n"
                            "nr_throttled 1\nthrottled_usec 50\nnr_bursts 0\nburst_usec 6\n"},
               {"cpu.pressure", "some avg10=1.50 avg60=0.02 avg300=0.00 total=11316\n"
                                "full avg10=0.00 avg60=0.00 avg300=0.00 total=7531\n"}});
    EXPECT_EQ(member("cpu", "cpuset"),
              R"({"usage":{"total":9127000,"kernel":127000,"user":9000000},"throttling":{"periods":4,)"
              R"("throttledPeriods":1,"throttledTime":50000,"bursts":0,"burstTime":6000},)"
              R"("psi":{"some":{"avg10":1.50,"avg60":0.02,"avg300":0.00,"total":11316},)"
              R"("full":{"avg10":0.00,"avg60":0.00,"avg300":0.00,"total":7531}}})");
}

// spec: CliEventsStats
TEST_F(Stats, WithTheTwoSideBySideV1GoesFirst)
{
    hierarchy({{"cpuacct.usage", "5\n"}, {"cpu.stat", "nr_periods 1\nnr_throttled 0\nthrottled_time 0\n"}});
    hierarchy({{"cpu.stat", "usage_usec 9127\nuser_usec 9000\nsystem_usec 127\n"},
               {"cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"}});
    EXPECT_EQ(member("cpu", "cpuset"),
              R"({"usage":{"total":5,"kernel":0,"user":0},"throttling":{"periods":1},)"
              R"("psi":{"some":{"avg10":0.00,"avg60":0.00,"avg300":0.00,"total":1}}})");
}

// spec: CliEventsStats
TEST_F(Stats, NoLimitOfV2IsTheLargestNumberAndSwapCountsMemoryToo)
{
    hierarchy({{"memory.current", "4096\n"},
               {"memory.max", "8192\n"},
               {"memory.peak", "5000\n"},
               {"memory.swap.current", "10\n"},
               {"memory.swap.max", "max\n"},
               {"memory.stat", "anon 100\nfile 200\nkernel 300\nsock 400\n"},
               {"memory.events", "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5\n"}});
    EXPECT_EQ(
        member("memory", "pids"),
        R"({"cache":200,"usage":{"limit":8192,"usage":4096,"max":5000,"failcnt":0},)"
        R"("swap":{"limit":18446744073709551615,"usage":4106,"failcnt":0},)"
        R"("kernel":{"limit":0,"usage":300,"failcnt":0},"kernelTCP":{"limit":0,"usage":400,"failcnt":0},)"
        R"("raw":{"anon":100,"file":200,"kernel":300,"sock":400},)"
        R"("events":{"low":0,"high":1,"max":2,"oom":3,"oom_kill":4,"oom_group_kill":5}})");
}

// spec: CliEventsStats
TEST_F(Stats, MemoryOfV1)
{
    hierarchy({{"memory.usage_in_bytes", "577536\n"},
               {"memory.limit_in_bytes", "67108864\n"},
               {"memory.max_usage_in_bytes", "2252800\n"},
               {"memory.failcnt", "7\n"},
               {"memory.memsw.limit_in_bytes", "9223372036854771712\n"},
               {"memory.kmem.usage_in_bytes", "245760\n"},
               {"memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"},
               {"memory.stat", "cache 4096\nrss 1\n"}});
    EXPECT_EQ(member("memory", "pids"),
              R"({"cache":4096,"usage":{"limit":67108864,"usage":577536,"max":2252800,"failcnt":7},)"
              R"("swap":{"limit":9223372036854771712,"failcnt":0},)"
              R"("kernel":{"limit":0,"usage":245760,"failcnt":0},"kernelTCP":{"limit":0,"failcnt":0},)"
              R"("raw":{"cache":4096,"rss":1},"events":{"oom_kill":2}})");
}

// spec: CliEventsStats
TEST_F(Stats, ProcessesWithoutALimitHaveNone)
{
    hierarchy({{"pids.current", "3\n"}, {"pids.max", "max\n"}, {"pids.events", "max 6\n"}});
    EXPECT_EQ(member("pids", "blkio"), R"({"current":3,"events":{"max":6}})");
}

// spec: CliEventsStats
TEST_F(Stats, WhatTheKernelLacksIsLeftOutButForWhatReadersExpect)
{
    hierarchy({});
    EXPECT_EQ(member("cpu", "cpuset"), R"({"usage":{"kernel":0,"user":0},"throttling":{}})");
    EXPECT_EQ(member("pids", "network_interfaces"), R"({},"blkio":{},"hugetlb":{},"intel_rdt":{})");
}

// spec: CliEventsStats
TEST_F(Stats, BlockDevicesOfV1ComeFromTheFirstFileWithEntries)
{
    hierarchy({{"blkio.bfq.io_service_bytes_recursive", "Total 0\n"},
               {"blkio.throttle.io_service_bytes_recursive",
                "8:0 Read 4096\n8:0 Write 1\n8:0 Total 4097\nTotal 4097\n"},
               {"blkio.time_recursive", "8:16 77\n"}});
    EXPECT_EQ(
        member("blkio", "hugetlb"),
        R"({"ioServiceBytesRecursive":[{"major":8,"minor":0,"op":"Read","value":4096},)"
        R"({"major":8,"minor":0,"op":"Write","value":1},{"major":8,"minor":0,"op":"Total","value":4097}],)"
        R"("ioTimeRecursive":[{"major":8,"minor":16,"value":77}]})");
}

// spec: CliEventsStats
TEST_F(Stats, BlockDevicesOfV2AreToldInTheWordsOfV1)
{
    hierarchy({{"io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n254:0 \n"}});
    EXPECT_EQ(
        member("blkio", "hugetlb"),
        R"({"ioServiceBytesRecursive":[{"major":8,"minor":0,"op":"Read","value":1},)"
        R"({"major":8,"minor":0,"op":"Write","value":2},{"major":8,"minor":0,"op":"Discard","value":5}],)"
        R"("ioServicedRecursive":[{"major":8,"minor":0,"op":"Read","value":3},)"
        R"({"major":8,"minor":0,"op":"Write","value":4},{"major":8,"minor":0,"op":"Discard","value":6}]})");
}

// spec: CliEventsStats
TEST_F(Stats, HugePagesOfV1AreReservationsWhereThereAreAny)
{
    hierarchy({{"hugetlb.2MB.usage_in_bytes", "1\n"},
               {"hugetlb.2MB.max_usage_in_bytes", "2\n"},
               {"hugetlb.2MB.failcnt", "3\n"},
               {"hugetlb.1GB.usage_in_bytes", "4\n"},
               {"hugetlb.1GB.rsvd.usage_in_bytes", "5\n"},
               {"hugetlb.1GB.rsvd.failcnt", "6\n"}});
    EXPECT_EQ(member("hugetlb", "intel_rdt"),
              R"({"1GB":{"usage":5,"failcnt":6},"2MB":{"usage":1,"max":2,"failcnt":3}})");
}

// spec: CliEventsStats
TEST_F(Stats, HugePagesRdmaMiscAndCgroupEventsOfV2)
{
    hierarchy({{"hugetlb.2MB.current", "7\n"},
               {"hugetlb.2MB.rsvd.current", "9\n"},
               {"hugetlb.2MB.events", "max 8\n"},
               {"rdma.current", "mlx4_0 hca_handle=2 hca_object=2000\n"},
               {"rdma.max", "mlx4_0 hca_handle=3 hca_object=max\n"},
               {"misc.current", "res_a 3\nres_b 0\n"},
               {"misc.max", "res_a max\nres_b 4\n"},
               {"cgroup.events", "populated 1\nfrozen 0\n"}});
    EXPECT_EQ(member("hugetlb", "intel_rdt"), R"({"2MB":{"usage":7,"failcnt":8}})");
    EXPECT_EQ(member("rdma", "misc"),
              R"({"current":{"mlx4_0":{"hca_handle":2,"hca_object":2000}},)"
              R"("limit":{"mlx4_0":{"hca_handle":3,"hca_object":18446744073709551615}}})");
    EXPECT_EQ(member("misc", "cgroup"), R"({"current":{"res_a":3,"res_b":0},)"
                                        R"("limit":{"res_a":18446744073709551615,"res_b":4}})");
}

TEST(StatFiles, NumbersAndLists)
{
    EXPECT_EQ(count_of("max"), kMax);
    EXPECT_EQ(count_of("18446744073709551615"), kMax);
    for (const char *wrong : {"", "-1", "1 ", "x", "18446744073709551616", "maximum"}) {
        EXPECT_EQ(count_of(wrong), std::nullopt) << wrong;
    }
    EXPECT_EQ(ids_of("0-2,5"), (std::vector<std::uint64_t>{0, 1, 2, 5}));
    for (const char *none : {"", "x", "1-", "0-99999999"}) {
        EXPECT_TRUE(ids_of(none).empty()) << none;
    }
}

}  // namespace
}  // namespace rt::cgroup
