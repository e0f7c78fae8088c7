// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "plan_fixture.h"

namespace rt::plan {
namespace {

using init::Op;
using oci::DeviceType;
using test::minimal;
using test::planned;
using Lines = std::vector<std::string>;

oci::Config with(oci::Device device)
{
    oci::Config config = minimal();
    config.linux_.devices = {std::move(device)};
    return config;
}

std::vector<std::string> paths(const Plan &plan, Op op)
{
    std::vector<std::string> out;
    for (const std::size_t i : test::all(plan, op)) {
        out.push_back(plan.steps[i].s1);
    }
    return out;
}

// spec: DefaultDevices
TEST(Devices, DefaultOnesAreThere)
{
    const Plan plan = planned(minimal());
    EXPECT_EQ(paths(plan, Op::kDevice),
              (Lines{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}));
    const Step &null = plan.steps[test::all(plan, Op::kDevice)[0]];
    EXPECT_EQ(null.a, std::uint64_t{S_IFCHR | 0666});
    EXPECT_EQ(null.b, makedev(1, 3));
    EXPECT_EQ(null.c, 0U);
}

// spec: DefaultRuntimeLinuxSymlinks
TEST(Devices, LinksAreMadeWhenTheirTargetIsThere)
{
    EXPECT_EQ(test::between(planned(minimal()), Op::kSymlink, Op::kSymlink),
              (Lines{"linking \"/dev/fd\" /proc/self/fd /proc/self/fd",
                     "linking \"/dev/stdin\" /proc/self/fd/0 /proc/self/fd",
                     "linking \"/dev/stdout\" /proc/self/fd/1 /proc/self/fd",
                     "linking \"/dev/stderr\" /proc/self/fd/2 /proc/self/fd",
                     "linking \"/dev/ptmx\" replace pts/ptmx"}));
}

// spec: DevicesOwner, DevicesBoundFromHost
TEST(Devices, InAUserNamespaceTheParentMakesThoseWithAnOwner)
{
    oci::Config config = with({.type = DeviceType::kChar,
                               .path = "/opt/x",
                               .major = 1,
                               .minor = 11,
                               .file_mode = 0640,
                               .uid = 5,
                               .gid = 6});
    config.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    config.linux_.uid_mappings = {{0, 100000, 5}, {5, 7000, 1}};
    config.linux_.gid_mappings = {{0, 200000, 10}};
    Host host = test::bare_host();
    Plan plan = planned(config, host);
    ASSERT_EQ(plan.host_nodes.size(), 1U);
    const HostNode &node = plan.host_nodes[0];
    EXPECT_EQ(node.mode, std::uint64_t{S_IFCHR | 0640});
    EXPECT_EQ(node.number, makedev(1, 11));
    EXPECT_EQ(node.uid, 7000U);
    EXPECT_EQ(node.gid, 200006U);
    EXPECT_EQ(plan.steps.at(node.step).s1, "/opt/x");
    EXPECT_EQ(plan.steps.at(node.step).flags, init::kFromHost);
    EXPECT_TRUE(plan.warnings.empty());

    host.capabilities &= ~(std::uint64_t{1} << 27);
    plan = planned(config, host);
    EXPECT_TRUE(plan.host_nodes.empty());
    ASSERT_EQ(plan.warnings.size(), 1U);
    EXPECT_NE(plan.warnings[0].find("/linux/devices/0: "), std::string::npos);
}

struct Case {
    oci::Device device;
    std::uint64_t mode, number, owner;
};

// spec: DevicesAvailable, DevicesAnywhere, DevicesOwner
TEST(Devices, ConfiguredOnesAreAnywhereAndExact)
{
    const Case cases[] = {
        {{.type = DeviceType::kChar, .path = "/dev/fuse", .major = 10, .minor = 229},
         S_IFCHR | 0666,
         makedev(10, 229),
         0},
        {{.type = DeviceType::kUnbuffered, .path = "/etc/x", .major = 1, .minor = 300, .file_mode = 0600},
         S_IFCHR | 0600,
         makedev(1, 300),
         0},
        {{.type = DeviceType::kBlock, .path = "/dev/sda", .major = 8, .minor = 0, .file_mode = 0},
         S_IFBLK | 0,
         makedev(8, 0),
         0},
        {{.type = DeviceType::kFifo, .path = "/dev/p", .uid = 4294967294U, .gid = 5},
         S_IFIFO | 0666,
         0,
         4294967294U | std::uint64_t{5} << 32},
    };
    for (const Case &c : cases) {
        const Plan plan = planned(with(c.device));
        const Step &step = plan.steps[test::all(plan, Op::kDevice).back()];
        EXPECT_EQ(step.s1, c.device.path);
        EXPECT_EQ(step.a, c.mode) << c.device.path;
        EXPECT_EQ(step.b, c.number) << c.device.path;
        EXPECT_EQ(step.c, c.owner) << c.device.path;
    }
}

TEST(Devices, AConfiguredOneReplacesTheDefault)
{
    const Plan plan = planned(
        with({.type = DeviceType::kChar, .path = "/dev//null", .major = 1, .minor = 3, .file_mode = 0600}));
    const Lines made = paths(plan, Op::kDevice);
    EXPECT_EQ(std::count(made.begin(), made.end(), "/dev/null"), 1);
    EXPECT_EQ(made.back(), "/dev/null");
}

// spec: DevicesBoundFromHost
TEST(Devices, UserNamespacesShowThoseOfTheHost)
{
    oci::Config config = with({.type = DeviceType::kFifo, .path = "/dev/p"});
    config.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    config.linux_.uid_mappings = config.linux_.gid_mappings = {{0, 1, 1}};
    const Plan plan = planned(config);
    const std::vector<std::size_t> made = test::all(plan, Op::kDevice);
    EXPECT_EQ(plan.steps[made[0]].flags, init::kFromHost);
    EXPECT_EQ(plan.steps[made[0]].s2, "/dev/null");
    EXPECT_EQ(plan.steps[made.back()].flags, 0) << "a pipe is no device";
}

TEST(Devices, ABoundDevIsLeftAlone)
{
    oci::Config config = with({.type = DeviceType::kChar, .path = "/srv/null", .major = 1, .minor = 3});
    config.linux_.devices.push_back({.type = DeviceType::kFifo, .path = "/dev/p"});
    config.mounts = {{.destination = "/dev/", .source = "/dev", .options = {"rbind"}}};
    const Plan plan = planned(config);
    EXPECT_EQ(paths(plan, Op::kDevice), Lines{"/srv/null"});
    EXPECT_TRUE(test::all(plan, Op::kSymlink).empty());
}

TEST(Devices, NumbersBeyondTheKernelsAreRefused)
{
    EXPECT_EQ(test::refused(with({.type = DeviceType::kChar, .path = "/dev/x", .major = 4096, .minor = 0})),
              "/linux/devices/0/major: must be from 0 to 4095, got 4096");
    EXPECT_EQ(test::refused(with({.type = DeviceType::kBlock, .path = "/dev/x", .major = 1, .minor = -1})),
              "/linux/devices/0/minor: must be from 0 to 1048575, got -1");
}

}  // namespace
}  // namespace rt::plan
