// SPDX-License-Identifier: Apache-2.0
//
// config-linux.md#cgroups-path, the device rules of v1, and the mounts of type "cgroup".
#include <linux/mount.h>

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/str.h"
#include "cgroup_hosts.h"
#include "plan/cgroup.h"

namespace rt::plan {
namespace {

std::vector<std::string> paths(const std::string &cgroups_path, const CgroupHost &host)
{
    oci::Linux linux_;
    linux_.cgroups_path = cgroups_path;
    const auto plan = plan_cgroup(linux_, "web", host);
    std::vector<std::string> out;
    for (const CgroupDir &dir : plan.ok() ? plan->dirs : std::vector<CgroupDir>()) {
        out.push_back(dir.path);
    }
    return out;
}

// spec: CgroupsAbsPathRelToMount, CgroupsPathAttach, CgroupsPathAbsOrRel
TEST(CgroupsPath, IsBelowTheMountPoint)
{
    for (const char *path : {"/a/b", "a/b", "//a/./b/"}) {
        EXPECT_EQ(paths(path, v2_host()), (std::vector<std::string>{"/sys/fs/cgroup/a/b"})) << path;
    }
}

TEST(CgroupsPath, MemoryComesLast)
{
    EXPECT_EQ(paths("/a", hybrid_host()),
              (std::vector<std::string>{"/sys/fs/cgroup/devices/a", "/sys/fs/cgroup/freezer/a",
                                        "/sys/fs/cgroup/pids/a", "/sys/fs/cgroup/unified/a",
                                        "/sys/fs/cgroup/memory/a"}));
}

TEST(CgroupsPath, DefaultStaysInTheLimitsOfTheCaller)
{
    EXPECT_EQ(paths("", v2_host()), (std::vector<std::string>{"/sys/fs/cgroup/user.slice/web"}));
    const auto v1 = paths("", v1_host());
    EXPECT_NE(std::ranges::find(v1, "/sys/fs/cgroup/systemd/user.slice/web"), v1.end());
    EXPECT_NE(std::ranges::find(v1, "/sys/fs/cgroup/memory/web"), v1.end());
}

// spec: CgroupsPathError
TEST(CgroupsPath, RefusesWhatLeadsElsewhere)
{
    for (const std::string &path : {std::string("../x"), std::string("/a/../.."), std::string("/"),
                                    std::string("/./"), std::string("/a\0b", 4), std::string(5000, 'a'),
                                    "/" + std::string(256, 'a'), std::string("system.slice:runtime:web")}) {
        oci::Linux linux_;
        linux_.cgroups_path = path;
        const auto plan = plan_cgroup(linux_, "web", v2_host());
        ASSERT_FALSE(plan.ok()) << path;
        EXPECT_EQ(plan.error().pointer(), "/linux/cgroupsPath");
    }
}

oci::DeviceRule rule(bool allow, oci::DeviceType type, std::optional<std::int64_t> major,
                     std::optional<std::int64_t> minor, const char *access)
{
    return {allow, type, major, minor, access};
}

std::vector<std::string> lines(const std::vector<oci::DeviceRule> &rules)
{
    const auto writes = device_writes(rules);
    std::vector<std::string> out;
    for (const CgroupWrite &write : writes.ok() ? *writes : std::vector<CgroupWrite>()) {
        out.push_back(write.file + " " + write.value);
    }
    return out;
}

constexpr auto kAll = oci::DeviceType::kAll;
constexpr auto kBlock = oci::DeviceType::kBlock;
constexpr auto kChar = oci::DeviceType::kChar;

TEST(Devices, NoRulesNoFilter) { EXPECT_TRUE(lines({}).empty()); }

// spec: DevicesApplyInOrder, LinuxResourcesDevices, DevicesDefaultRules
TEST(Devices, RulesComeInOrderAndDefaultsBehind)
{
    const auto written = lines({rule(false, kAll, {}, {}, "rwm"), rule(true, kBlock, 8, 0, "rw"),
                                rule(false, kBlock, 8, 0, "w"), rule(true, kChar, 7, -1, "rwm")});
    ASSERT_EQ(written.size(), 16U);
    EXPECT_EQ(std::vector(written.begin(), written.begin() + 6),
              (std::vector<std::string>{"devices.deny a *:* rwm", "devices.allow b 8:0 rw",
                                        "devices.deny b 8:0 w", "devices.allow c 7:* rwm",
                                        "devices.allow c *:* m", "devices.allow b *:* m"}));
}

TEST(Devices, EveryTypeIsSaidTwiceUnlessItIsEverything)
{
    const auto written = lines({rule(true, kAll, {}, {}, "rwm"), rule(false, kAll, 8, {}, "w")});
    ASSERT_GE(written.size(), 3U);
    EXPECT_EQ(written[1], "devices.deny b 8:* w");
    EXPECT_EQ(written[2], "devices.deny c 8:* w");
}

// What v2's program says of a device that no rule names; seen failing when v1 began with everything allowed.
// spec: LinuxResourcesDevices
TEST(Devices, NoneIsAllowedThatNoRuleNames)
{
    for (const auto &rules : {std::vector{rule(true, kChar, 10, 229, "rwm")},
                              std::vector{rule(false, kAll, 8, {}, "w"), rule(true, kAll, {}, {}, "rwm")},
                              std::vector{rule(true, kChar, 1, 11, "")}}) {
        const auto written = lines(rules);
        ASSERT_GT(written.size(), 1U);
        EXPECT_EQ(written[0], "devices.deny a *:* rwm");
        EXPECT_EQ(std::ranges::count(written, written[0]), 1);
    }
}

TEST(Devices, NoAccessSaysNothingUnlessItIsAboutEverything)
{
    const auto written = lines({rule(false, kAll, {}, {}, ""), rule(true, kChar, 1, 11, "")});
    ASSERT_EQ(written.size(), 13U);
    EXPECT_EQ(written[0], "devices.deny a *:* rwm");
    EXPECT_EQ(written[1], "devices.allow c *:* m");
}

TEST(Devices, WhatTheKernelWouldIgnoreIsRefused)
{
    // The kernel would leave 1:3 in the list, as a part of 1:*.
    const auto writes = device_writes(with_default_devices(
        {rule(false, kAll, {}, {}, "rwm"), rule(true, kChar, 1, {}, "rwm"), rule(false, kChar, 1, 3, "r")}));
    ASSERT_FALSE(writes.ok());
    EXPECT_EQ(writes.error().pointer(), "/linux/resources/devices/2");
}

constexpr std::string_view kDefaultList =
    "c *:* m\nb *:* m\nc 1:3 rwm\nc 1:5 rwm\nc 1:7 rwm\nc 1:8 rwm\nc 1:9 rwm\nc 5:0 rwm\nc 5:1 rwm\n"
    "c 5:2 rwm\nc 136:* rwm\nc 10:200 rwm";

std::vector<std::string> text_of(const std::vector<CgroupWrite> &writes)
{
    std::vector<std::string> out;
    for (const CgroupWrite &write : writes) {
        out.push_back(write.file + " " + write.value);
    }
    return out;
}

std::vector<std::string> changes(const std::string &list, const std::vector<oci::DeviceRule> &rules,
                                 const std::vector<oci::DeviceRule> &before = {})
{
    auto writes = device_writes(rules);
    const auto words =
        before.empty() ? std::nullopt : std::optional(device_words(with_default_devices(before)));
    return text_of(
        device_changes(list, words, writes.ok() ? std::move(writes).take() : std::vector<CgroupWrite>()));
}

// spec: CliUpdateDevices
TEST(DeviceChanges, AreWhatDiffersAndAllowFirst)
{
    const oci::DeviceRule none = rule(false, kAll, {}, {}, "rwm");
    const std::string list = str(kDefaultList, "\nb 8:0 rw\nc 7:1 r");
    const std::vector<std::string> wanted{"devices.allow b 8:0 m", "devices.allow c 9:9 rw",
                                          "devices.deny b 8:0 w", "devices.deny c 7:1 r"};
    EXPECT_EQ(changes(list, {none, rule(true, kBlock, 8, 0, "rm"), rule(true, kChar, 9, 9, "wr")}), wanted);
    EXPECT_EQ(changes(list, {none, rule(true, kBlock, 8, 0, "rwm"), rule(false, kBlock, 8, 0, "m"),
                             rule(true, kChar, 7, 1, "r")}),
              std::vector<std::string>());
}

// spec: CliUpdateDevices
TEST(DeviceChanges, AreAllRulesWhereOneSideAllows)
{
    const std::vector<std::string> open =
        changes("a *:* rwm", {rule(false, kAll, {}, {}, "rwm"), rule(true, kBlock, 8, 0, "r")});
    ASSERT_GT(open.size(), 2U);
    EXPECT_EQ(open[0], "devices.deny a *:* rwm");
    EXPECT_EQ(open[1], "devices.allow b 8:0 r");
    const std::vector<std::string> opened =
        changes(std::string(kDefaultList), {rule(true, kAll, {}, {}, "rwm"), rule(false, kBlock, 8, 0, "w")});
    ASSERT_GT(opened.size(), 2U);
    EXPECT_EQ(opened[0], "devices.allow a *:* rwm");
    EXPECT_EQ(opened[1], "devices.deny b 8:0 w");
}

// spec: CliUpdateDevices
TEST(DeviceChanges, OpenNothingThatNoRuleNames)
{
    const std::vector<oci::DeviceRule> rules{rule(true, kChar, 10, 229, "rwm")};
    EXPECT_EQ(changes(std::string(kDefaultList), rules),
              std::vector<std::string>{"devices.allow c 10:229 rwm"});
    EXPECT_EQ(changes("a *:* rwm", rules).front(), "devices.deny a *:* rwm");
}

// spec: CliUpdateDevices
TEST(DeviceChanges, AreFromTheRulesBeforeWhereTheyAreKnown)
{
    using Lines = std::vector<std::string>;
    const oci::DeviceRule none = rule(false, kAll, {}, {}, "rwm"), all = rule(true, kAll, {}, {}, "rwm");
    const oci::DeviceRule disk = rule(true, kBlock, 8, 0, "rw"), no_disk = rule(false, kBlock, 8, 0, "w");
    const std::string hooked = str(kDefaultList, "\nc 195:* rw");
    EXPECT_EQ(changes(hooked, {none, disk}, {none}), Lines{"devices.allow b 8:0 rw"});
    EXPECT_EQ(changes(hooked, {none}, {none, disk}), Lines{"devices.deny b 8:0 rw"});
    EXPECT_EQ(changes("a *:* rwm", {none, all}, {all}), Lines());
    EXPECT_EQ(changes("a *:* rwm", {all, no_disk}, {all}), Lines{"devices.deny b 8:0 w"});
    EXPECT_EQ(changes("a *:* rwm", {all}, {all, no_disk}), Lines{"devices.allow b 8:0 w"});
    EXPECT_EQ(changes("a *:* rwm", {none, disk}, {all}), lines({none, disk}));
    // Somebody else opened or closed it.
    EXPECT_EQ(changes("a *:* rwm", {none, disk}, {none}), lines({none, disk}));
    EXPECT_EQ(changes(std::string(kDefaultList), {none, disk}, {all}), Lines{"devices.allow b 8:0 rw"});
}

// spec: CliUpdateAtomic
TEST(DeviceChanges, GoBackWhereTheOldListSaysWhatItIs)
{
    using Lines = std::vector<std::string>;
    EXPECT_EQ(text_of(*device_changes_back("b 8:0 rw\nc 1:3 r", "b 8:0 rm\nc 7:1 r")),
              (Lines{"devices.allow b 8:0 w", "devices.allow c 1:3 r", "devices.deny b 8:0 m",
                     "devices.deny c 7:1 r"}));
    EXPECT_EQ(text_of(*device_changes_back("c 1:3 r", "a *:* rwm")),
              (Lines{"devices.deny a *:* rwm", "devices.allow c 1:3 r"}));
    EXPECT_FALSE(device_changes_back("a *:* rwm", "c 1:3 r"));
}

TEST(Devices, AreAProgramWithoutV1)
{
    oci::Linux linux_;
    linux_.resources.emplace().devices = {rule(false, kAll, {}, {}, "rwm")};
    for (const bool v2 : {false, true}) {
        const auto plan = plan_cgroup(linux_, "web", v2 ? v2_host() : hybrid_host());
        ASSERT_TRUE(plan.ok());
        EXPECT_EQ(plan->device_program, v2);
        EXPECT_EQ(plan->device_rules.size(), 13U);
    }
}

std::vector<Step> mount_steps(std::vector<std::string> options, const CgroupHost &host,
                              const char *type = "cgroup", CgroupView view = CgroupView::kOwn)
{
    oci::Linux linux_;
    linux_.cgroups_path = "/x";
    const auto plan = plan_cgroup(linux_, "web", host);
    std::vector<Step> steps;
    if (plan.ok()) {
        cgroup_mount_steps({.destination = "/sys/fs/cgroup", .type = type, .options = std::move(options)},
                           {"/mounts", 6}, *plan, host, view, steps);
    }
    return steps;
}

std::vector<std::string> attached(const std::vector<Step> &steps)
{
    std::vector<std::string> out;
    for (const Step &step : steps) {
        if (step.op == init::Op::kTree || step.op == init::Op::kAttach || step.op == init::Op::kSymlink) {
            out.push_back(step.s1);
        }
    }
    return out;
}

// spec: MountsCgroupView
TEST(CgroupMount, OfV2IsTheOwnDirectory)
{
    const auto steps = mount_steps({"nosuid", "ro"}, v2_host());
    EXPECT_EQ(attached(steps), (std::vector<std::string>{"/sys/fs/cgroup/x", "/sys/fs/cgroup"}));
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_EQ(steps[1].a, std::uint64_t{MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY});
}

// spec: MountsCgroupTree
TEST(CgroupMount, OfV2IsTheTreeWhereTheContainerHasNoNamespaceForIt)
{
    const auto steps = mount_steps({"ro"}, v2_host(), "cgroup", CgroupView::kTree);
    EXPECT_EQ(attached(steps), (std::vector<std::string>{"/sys/fs/cgroup", "/sys/fs/cgroup"}));
    EXPECT_EQ(attached(mount_steps({}, hybrid_host(), "cgroup2", CgroupView::kTree)),
              (std::vector<std::string>{"/sys/fs/cgroup/unified/x", "/sys/fs/cgroup"}));
}

TEST(CgroupMount, OfV1HasAllHierarchiesAndTheirOtherNames)
{
    CgroupHost host = hybrid_host();
    host.hierarchies[2] = {
        .controllers = {"cpu", "cpuacct"}, .mount = "/sys/fs/cgroup/cpu,cpuacct", .own = "/"};
    const auto names = attached(mount_steps({}, host));
    for (const char *path :
         {"/sys/fs/cgroup", "/sys/fs/cgroup/devices", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu",
          "/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/memory"}) {
        EXPECT_NE(std::ranges::find(names, path), names.end()) << path;
    }
}

TEST(CgroupMount, CoversWhatIsThereWithoutACgroupToo)
{
    for (const char *type : {"cgroup", "cgroup2"}) {
        const auto steps = mount_steps({"ro"}, {}, type);
        EXPECT_EQ(attached(steps), std::vector<std::string>{"/sys/fs/cgroup"}) << type;
        ASSERT_FALSE(steps.empty());
        EXPECT_EQ(steps.back().a, std::uint64_t{MOUNT_ATTR_RDONLY}) << type;
    }
}

TEST(CgroupMount, IsReadOnlyOnceItIsFilled)
{
    const auto steps = mount_steps({"ro"}, hybrid_host());
    ASSERT_GT(steps.size(), 2U);
    EXPECT_EQ(steps.front().a & MOUNT_ATTR_RDONLY, 0U);
    EXPECT_EQ(steps.back().op, init::Op::kSetAttr);
    EXPECT_EQ(steps.back().a, std::uint64_t{MOUNT_ATTR_RDONLY});
}

}  // namespace
}  // namespace rt::plan
