// SPDX-License-Identifier: Apache-2.0
//
// New limits for a cgroup that exists, and its device filter.
#include <fcntl.h>
#include <linux/bpf.h>

#include <cerrno>
#include <numeric>
#include <set>
#include <sstream>

#include "cgroup/device_filter.h"
#include "cgroup/former.h"
#include "cgroup/tree.h"
#include "cgroup/update.h"
#include "plan/bpf_devices.h"
#include "real_cgroup.h"

namespace rt::cgroup {
namespace {

TEST_F(RealCgroup, NewLimitsMayGoBeyondTheOldInEitherDirection)
{
    if (!is_v1("memory")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    oci::Resources &r = *linux_.resources;
    make(false);
    for (const std::int64_t limit : {64LL << 20, 256LL << 20, 32LL << 20}) {
        r.memory = {.limit = limit, .swap = limit};
        r.cpu = oci::CpuResources{
            .burst = static_cast<std::uint64_t>(limit >> 12), .period = 100000, .quota = limit >> 12};
        const Status status = update(cgroup_->record(), *linux_.resources, host_);
        ASSERT_TRUE(status.ok()) << status.error().text();
        EXPECT_EQ(content(dir_of("memory") + "/memory.memsw.limit_in_bytes"), std::to_string(limit));
        EXPECT_EQ(content(dir_of("cpu") + "/cpu.cfs_burst_us"), std::to_string(limit >> 12));
    }
}

/// The period needs the quota out of its way, which needs the burst out of its own.
// spec: LinuxResourcesCpuBurst, LinuxResourcesCpuQuota
TEST_F(RealCgroup, NewLimitsMayStandInEachOthersWay)
{
    if (!is_v1("cpu")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    linux_.cgroups_path = name_ + "/inner";
    make(false);
    const std::string inner = dir_of("cpu");
    const std::string above = inner.substr(0, inner.rfind('/'));
    ASSERT_TRUE(kernel::write_file(kernel::kCwd, above + "/cpu.cfs_quota_us", "50000").ok());
    for (const std::int64_t quota : {50000, 5000, 50000}) {
        const auto tenth = static_cast<std::uint64_t>(quota) / 10;
        linux_.resources->cpu = oci::CpuResources{.burst = tenth * 5, .period = tenth * 20, .quota = quota};
        const Status status = update(cgroup_->record(), *linux_.resources, host_);
        ASSERT_TRUE(status.ok()) << status.error().text();
        EXPECT_EQ(content(inner + "/cpu.cfs_period_us"), std::to_string(quota * 2));
        EXPECT_EQ(content(inner + "/cpu.cfs_quota_us"), std::to_string(quota));
    }
}

// spec: SystemdUpdate
TEST_F(RealCgroup, WhatSomebodyElseChangedIsPutBackAndNothingElse)
{
    if (!is_v1("cpu")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    make(false);
    const std::string path = dir_of("cpu");
    const auto dir = open_dir(path);
    ASSERT_TRUE(dir.ok() && dir->open());
    const auto set = [&](const char *file, const char *value) {
        ASSERT_TRUE(kernel::write_file(*dir, file, value).ok()) << file;
    };
    set("cpu.cfs_quota_us", "1550");
    const Former former = Former::values(
        *dir, {.path = path,
               .writes = {{.file = "cpu.shares"}, {.file = "cpu.cfs_quota_us"}, {.file = "cpu.none"}}});
    set("cpu.cfs_quota_us", "2000");
    set("cpu.cfs_period_us", "50000");
    const Status status = former.put_back_changed(*dir);
    ASSERT_TRUE(status.ok()) << status.error().text();
    EXPECT_EQ(content(path + "/cpu.cfs_quota_us"), "1550");
    EXPECT_EQ(content(path + "/cpu.cfs_period_us"), "50000");
    EXPECT_EQ(content(path + "/cpu.shares"), "1024");
}

/// What idles has no weight, and the kernel's default one when it is awake again.
// spec: CliUpdateAtomic, SystemdUpdate
TEST_F(RealCgroup, TheWeightThatIdlingForgotIsPutBack)
{
    if (!is_v1("cpu") || !is_v1("memory")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    linux_.resources->cpu.emplace().shares = 512;
    make(true);
    const std::string path = dir_of("cpu");
    const auto dir = open_dir(path);
    ASSERT_TRUE(dir.ok() && dir->open());
    if (!exists(path + "/cpu.idle")) {
        GTEST_SKIP() << "needs cpu.idle";
    }
    oci::Resources idle;
    idle.cpu.emplace().idle = 1;
    idle.memory.emplace().swappiness = 1000;  // no kernel takes it, and memory is the last directory
    EXPECT_FALSE(update(cgroup_->record(), idle, host_).ok());
    EXPECT_EQ(content(path + "/cpu.idle"), "0");
    EXPECT_EQ(content(path + "/cpu.shares"), "512");

    const Former former = Former::values(*dir, {.path = path, .writes = {{.file = "cpu.idle"}}});
    ASSERT_TRUE(kernel::write_file(*dir, "cpu.idle", "1").ok());
    const Status status = former.put_back_changed(*dir);
    ASSERT_TRUE(status.ok()) << status.error().text();
    EXPECT_EQ(content(path + "/cpu.idle"), "0");
    EXPECT_EQ(content(path + "/cpu.shares"), "512");
}

// spec: CliUpdateAtomic
TEST_F(RealCgroup, WhatIdledIdlesAgainWhateverItsShares)
{
    if (!is_v1("cpu") || !is_v1("memory")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    make(true);
    const std::string path = dir_of("cpu");
    if (!kernel::write_file(kernel::kCwd, path + "/cpu.idle", "1").ok()) {
        GTEST_SKIP() << "needs cpu.idle";
    }
    oci::Resources awake;
    awake.cpu = oci::CpuResources{.shares = 512, .idle = 0};
    awake.memory.emplace().swappiness = 1000;
    const Status status = update(cgroup_->record(), awake, host_);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().text().find("could not be put back"), std::string::npos)
        << status.error().text();
    EXPECT_EQ(content(path + "/cpu.idle"), "1");
}

/// What opening the device node 1:`minor` for reading says, in a child born in `dir`.
int open_in(FdRef dir, unsigned minor)
{
    clone_args args{};
    args.exit_signal = SIGCHLD;
    args.flags = CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(dir.get());
    const long pid = ::syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) {
        const char *path = minor == 3 ? "/dev/null" : "/dev/zero";
        ::_exit(::open(path, O_RDONLY | O_CLOEXEC) >= 0 ? 0 : errno);
    }
    int status = 0;
    ::waitpid(static_cast<pid_t>(pid), &status, 0);
    return WEXITSTATUS(status);
}

// spec: DevicesApplyInOrder
TEST_F(RealCgroup, DeviceFilterIsEnforcedAndReplaced)
{
    make(false);
    if (!birthplace_.open()) {
        GTEST_SKIP() << "needs cgroup v2";
    }
    const oci::DeviceRule none{.allow = false, .access = "rwm"};
    const oci::DeviceRule null{
        .allow = true, .type = oci::DeviceType::kChar, .major = 1, .minor = 3, .access = "r"};
    oci::DeviceRule zero = null;
    zero.minor = 5;
    for (const bool second : {false, true}) {
        const std::vector<oci::DeviceRule> rules{none, second ? zero : null};
        const auto program = load_device_filter(rules);
        ASSERT_TRUE(program.ok()) << program.error().text();
        const Status status = attach_device_filter(birthplace_, name_, *program);
        ASSERT_TRUE(status.ok()) << status.error().text();
        EXPECT_EQ(open_in(birthplace_, 3), second ? EPERM : 0);
        EXPECT_EQ(open_in(birthplace_, 5), second ? 0 : EPERM);
    }
}

/// A filter under another name, that allows everything, as systemd attaches beside ours.  -1: errno.
int attach_anothers(FdRef dir)
{
    const bpf_insn yes[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
                            {.code = BPF_JMP | BPF_EXIT}};
    bpf_attr load;
    std::memset(&load, 0, sizeof load);
    load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    load.insns = reinterpret_cast<std::uintptr_t>(yes);
    load.insn_cnt = 2;
    load.license = reinterpret_cast<std::uintptr_t>("GPL");
    std::memcpy(load.prog_name, "sd_devices", 10);
    const long program = ::syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
    bpf_attr attach;
    std::memset(&attach, 0, sizeof attach);
    attach.target_fd = static_cast<std::uint32_t>(dir.get());
    attach.attach_bpf_fd = static_cast<std::uint32_t>(program);
    attach.attach_type = BPF_CGROUP_DEVICE;
    attach.attach_flags = BPF_F_ALLOW_MULTI;
    return static_cast<int>(program < 0 ? -1 : ::syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach));
}

/// The ids of the programs.
std::vector<std::uint32_t> filters_of(FdRef dir)
{
    std::vector<std::uint32_t> ids(64);
    unsigned char room[256] = {};  // some kernels write behind the fields that they were given
    auto &query = *reinterpret_cast<bpf_attr *>(room);
    query.query.target_fd = static_cast<std::uint32_t>(dir.get());
    query.query.attach_type = BPF_CGROUP_DEVICE;
    query.query.prog_ids = reinterpret_cast<std::uintptr_t>(ids.data());
    query.query.prog_cnt = 64;
    EXPECT_EQ(::syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof room), 0);
    ids.resize(query.query.prog_cnt);
    return ids;
}

// Seen failing when all that was attached had to go.
// spec: CliUpdateDevices
TEST_F(RealCgroup, FiltersOfOthersStayAndOursIsOne)
{
    make(false);
    if (!birthplace_.open()) {
        GTEST_SKIP() << "needs cgroup v2";
    }
    const std::vector<oci::DeviceRule> none{{.allow = false, .access = "rwm"}};
    for (const std::size_t filters : {1U, 1U, 2U, 2U}) {
        if (filters == 2 && filters_of(birthplace_).size() == 1) {
            ASSERT_EQ(attach_anothers(birthplace_), 0) << std::strerror(errno);
        }
        const auto program = load_device_filter(none);
        ASSERT_TRUE(program.ok()) << program.error().text();
        const Status status = attach_device_filter(birthplace_, name_, *program);
        ASSERT_TRUE(status.ok()) << status.error().text();
        EXPECT_EQ(filters_of(birthplace_).size(), filters);
        EXPECT_EQ(open_in(birthplace_, 3), EPERM);
    }
}

/// The lines of a file, whose order the kernel is free in.
std::string sorted(const std::string &path)
{
    std::istringstream text(content(path));
    std::set<std::string> lines;
    for (std::string line; std::getline(text, line);) {
        lines.insert(line + '\n');
    }
    return std::accumulate(lines.begin(), lines.end(), std::string());
}

// Seen failing when only files of one line were put back.
// spec: CliUpdateAtomic
TEST_F(RealCgroup, ListsArePutBack)
{
    if (!is_v1("blkio") || !is_v1("memory")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    const oci::DeviceRule none{.allow = false, .access = "rwm"};
    oci::DeviceRule disk{
        .allow = true, .type = oci::DeviceType::kBlock, .major = 8, .minor = 0, .access = "r"};
    oci::Resources &r = *linux_.resources;
    r.block_io.emplace().throttle_read_bps = {{.major = 7, .minor = 0, .rate = 1000}};
    r.devices = {none, disk};
    make(true);
    const std::string rates = dir_of("blkio") + "/blkio.throttle.read_bps_device";
    const std::string list = dir_of("devices") + "/devices.list";
    const std::string old_rates = sorted(rates), old_list = sorted(list);
    if (old_rates != "7:0 1000\n") {
        GTEST_SKIP() << "needs a device 7:0 and throttling: " << old_rates;
    }
    disk.minor = 16;
    r.devices = {none, disk};
    r.block_io->throttle_read_bps = {{.major = 7, .minor = 0, .rate = 2000},
                                     {.major = 7, .minor = 1, .rate = 3000}};
    r.memory.emplace().swappiness = 1000;  // no kernel takes it, and memory is the last directory
    EXPECT_FALSE(update(cgroup_->record(), r, host_).ok());
    EXPECT_EQ(sorted(rates), old_rates);
    EXPECT_EQ(sorted(list), old_list);
    r.memory->swappiness = 10;
    const Status status = update(cgroup_->record(), r, host_);
    EXPECT_TRUE(status.ok()) << status.error().text();
    EXPECT_EQ(sorted(rates), "7:0 2000\n7:1 3000\n");
    EXPECT_NE(sorted(list), old_list);
}

// The kernel takes no "a" for a cgroup with others below.
// spec: CliUpdateDevices
TEST_F(RealCgroup, DeviceRulesChangeAboveOtherCgroups)
{
    if (!is_v1("devices")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    oci::Resources &r = *linux_.resources;
    r.devices = {{.allow = false, .access = "rwm"}};
    make(false);
    const std::string below = dir_of("devices") + "/below";
    ASSERT_TRUE(kernel::mkdirat(kernel::kCwd, below, 0755).ok());
    r.devices.push_back(
        {.allow = true, .type = oci::DeviceType::kBlock, .major = 8, .minor = 0, .access = "r"});
    const Status status = update(cgroup_->record(), r, host_);
    EXPECT_TRUE(status.ok()) << status.error().text();
    EXPECT_NE(content(dir_of("devices") + "/devices.list").find("b 8:0 r"), std::string::npos);
}

// A hook's devices: seen failing when every update wrote the list anew.
// spec: CliUpdateDevices
TEST_F(RealCgroup, DevicesThatOthersAllowedStay)
{
    if (!is_v1("devices")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    oci::Resources &r = *linux_.resources;
    r.devices = {{.allow = false, .access = "rwm"}};
    make(false);
    const std::string list = dir_of("devices") + "/devices.list";
    ASSERT_TRUE(kernel::write_file(kernel::kCwd, dir_of("devices") + "/devices.allow", "c 195:* rw").ok());
    const std::string before = sorted(list);
    EXPECT_TRUE(update(cgroup_->record(), r, host_).ok());
    EXPECT_EQ(sorted(list), before);
    r.devices.push_back(
        {.allow = true, .type = oci::DeviceType::kBlock, .major = 8, .minor = 0, .access = "r"});
    EXPECT_TRUE(update(cgroup_->record(), r, host_).ok());
    EXPECT_NE(sorted(list).find("b 8:0 r\n"), std::string::npos);
    EXPECT_NE(sorted(list).find("c 195:* rw\n"), std::string::npos);
}

// The kernel takes no "a" for a cgroup with others below: seen failing with EINVAL.
// spec: CliUpdateDevices
TEST_F(RealCgroup, EverythingStaysAllowedAboveOtherCgroups)
{
    if (!is_v1("devices")) {
        GTEST_SKIP() << "needs cgroup v1";
    }
    oci::Resources &r = *linux_.resources;
    r.devices = {{.allow = true, .access = "rwm"}};
    make(false);
    ASSERT_TRUE(kernel::mkdirat(kernel::kCwd, dir_of("devices") + "/below", 0755).ok());
    r.devices.insert(r.devices.begin(), {.allow = false, .access = "rwm"});
    const Status status = update(cgroup_->record(), r, host_);
    EXPECT_TRUE(status.ok()) << status.error().text();
    EXPECT_EQ(content(dir_of("devices") + "/devices.list"), "a *:* rwm");
}

// Seen failing when every update loaded the program anew.
// spec: CliUpdateDevices
TEST_F(RealCgroup, TheFilterIsReplacedForOtherRulesAlone)
{
    std::erase_if(host_.hierarchies, [](const plan::Hierarchy &hierarchy) {
        return std::ranges::find(hierarchy.controllers, "devices") != hierarchy.controllers.end();
    });
    oci::Resources &r = *linux_.resources;
    r.devices = {{.allow = false, .access = "rwm"}};
    make(false);
    if (!birthplace_.open()) {
        GTEST_SKIP() << "needs cgroup v2";
    }
    const std::uint32_t made = filters_of(birthplace_).at(0);
    EXPECT_TRUE(update(cgroup_->record(), r, host_).ok());
    EXPECT_EQ(filters_of(birthplace_), std::vector{made});
    r.devices.push_back({.allow = true, .type = oci::DeviceType::kChar, .major = 195, .access = "rw"});
    EXPECT_TRUE(update(cgroup_->record(), r, host_).ok());
    ASSERT_EQ(filters_of(birthplace_).size(), 1U);
    EXPECT_NE(filters_of(birthplace_), std::vector{made});
}

}  // namespace
}  // namespace rt::cgroup
