// SPDX-License-Identifier: Apache-2.0
//
// A container as a unit of systemd: names, places, devices, annotations.
#include <algorithm>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "cgroup_hosts.h"
#include "plan/cgroup.h"
#include "plan/unit.h"

namespace rt::plan {
namespace {

const Systemd kSystem{.user = false, .root = "", .version = 252};
const Systemd kUser{.user = true, .root = "/user.slice/user-1000.slice/user@1000.service", .version = 252};

// ---- names --------------------------------------------------------------------------------------

struct Name {
    const char *path;
    const char *unit;
    const char *cgroup;
    const Systemd &systemd = kSystem;
};
void PrintTo(const Name &name, std::ostream *out) { *out << name.path; }

class Named : public testing::TestWithParam<Name> {};

TEST_P(Named, LiesWhereSystemdPutsIt)
{
    const auto name = unit_name(GetParam().path, "web+1", GetParam().systemd.user);
    ASSERT_TRUE(name.ok()) << name.error().text();
    EXPECT_EQ(name->unit, GetParam().unit);
    EXPECT_EQ(unit_cgroup(*name, GetParam().systemd), GetParam().cgroup);
}

// spec: SystemdCgroupsPath, SystemdCgroupsPathDefault
INSTANTIATE_TEST_SUITE_P(
    Unit, Named,
    testing::Values(Name{"system.slice:docker:0123", "docker-0123.scope", "/system.slice/docker-0123.scope"},
                    Name{":docker:0123", "docker-0123.scope", "/system.slice/docker-0123.scope"},
                    Name{"a-b-c.slice:cri:x", "cri-x.scope", "/a.slice/a-b.slice/a-b-c.slice/cri-x.scope"},
                    Name{"-.slice:p:x", "p-x.scope", "/p-x.scope"},
                    Name{"m.slice::x", "x.scope", "/m.slice/x.scope"},
                    Name{"m.slice:cpu.x:y", "cpu.x-y.scope", "/m.slice/_cpu.x-y.scope"},
                    Name{"m.slice::_x", "_x.scope", "/m.slice/__x.scope"},
                    Name{"::a-b.slice", "a-b.slice", "/a.slice/a-b.slice"},
                    Name{"a.slice::a-b.slice", "a-b.slice", "/a.slice/a-b.slice"},
                    Name{"-.slice:x:pods.slice", "pods.slice", "/pods.slice"},
                    Name{"", "runtime-web\\x2b1.scope", "/system.slice/runtime-web\\x2b1.scope"},
                    Name{"", "runtime-web\\x2b1.scope",
                         "/user.slice/user-1000.slice/user@1000.service/user.slice/runtime-web\\x2b1.scope",
                         kUser},
                    Name{":libpod:1", "libpod-1.scope",
                         "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-1.scope", kUser}));

class Unnamed : public testing::TestWithParam<const char *> {};

TEST_P(Unnamed, IsRefused)
{
    const auto name = unit_name(GetParam(), "web", false);
    ASSERT_FALSE(name.ok()) << name->unit;
    EXPECT_EQ(name.error().pointer(), "/linux/cgroupsPath");
}

// spec: SystemdCgroupsPath
INSTANTIATE_TEST_SUITE_P(Unit, Unnamed,
                         testing::Values("/docker/0123", "docker", "a:b", "a.slice:b:c:d", "/a.slice:b:c",
                                         "a.slice:b:", "system:b:c", "a--b.slice:b:c", "-a.slice:b:c",
                                         "a-.slice:b:c", "a/b.slice:b:c", "a.slice:b:c/d", "a.slice:b:c d",
                                         "a.slice:b/../c:d", "b.slice::a-b.slice", "::-.slice",
                                         "::a--b.slice", ".slice:b:c", "a.slice:\xc3\xa9:c",
                                         "system.slice:rt:a@b", "a.slice:b:c@", "a@b.slice:b:c"));

TEST(Unit, OfAPathThatIsNoneSaysTheWordsEnginesKnow)
{
    const auto name = unit_name("/docker/0123", "web", false);
    ASSERT_FALSE(name.ok());
    EXPECT_NE(
        name.error().text().find("expected cgroupsPath to be of format \"slice:prefix:name\" for systemd "
                                 "cgroups, got \"/docker/0123\" instead"),
        std::string::npos)
        << name.error().text();
}

TEST(Unit, HasARoomyNameAndNoMore)
{
    EXPECT_TRUE(unit_name("m.slice::" + std::string(249, 'x'), "web", false).ok());
    EXPECT_FALSE(unit_name("m.slice::" + std::string(250, 'x'), "web", false).ok());
}

// ---- devices ------------------------------------------------------------------------------------

using Rules = std::vector<oci::DeviceRule>;
using oci::DeviceType;

std::string devices_of(const Rules &rules, bool v2)
{
    std::string words;
    for (const Property &property : unit_devices(rules, v2)) {
        words += property.name + "=" + dbus::print(property.value) + ";";
    }
    return words;
}

const oci::DeviceRule kNone{false, DeviceType::kAll, {}, {}, "rwm"};
const oci::DeviceRule kAny{true, DeviceType::kAll, {}, {}, "rwm"};
const oci::DeviceRule kNull{true, DeviceType::kChar, 1, 3, "rw"};
const oci::DeviceRule kDisks{true, DeviceType::kBlock, 8, {}, "r"};
const oci::DeviceRule kNoNull{false, DeviceType::kChar, 1, 3, "w"};
const oci::DeviceRule kMinor{true, DeviceType::kChar, {}, 3, "rw"};
constexpr const char *kAuto = "DevicePolicy='auto';DeviceAllow=@a(ss) [];";

// spec: SystemdDevices
TEST(Devices, AreAllowedBySystemdToo)
{
    const std::string strict = "DevicePolicy='strict';DeviceAllow=@a(ss) [];";
    for (const bool v2 : {false, true}) {
        EXPECT_EQ(devices_of({}, v2), "");
        EXPECT_EQ(devices_of({kNone, kNull, kDisks}, v2),
                  strict + "DeviceAllow=[('/dev/char/1:3', 'rw'), ('block-8', 'r')];");
        EXPECT_EQ(devices_of({kNull}, v2), strict + "DeviceAllow=[('/dev/char/1:3', 'rw')];");
        EXPECT_EQ(devices_of({kNull, kAny}, v2), kAuto);
        EXPECT_EQ(devices_of({kNone, kAny, kDisks}, v2), kAuto);
    }
}

// What systemd would deny beside our own filter would be lost; where it writes v1's lists itself, it must not
// allow more.
// spec: SystemdDevices
TEST(Devices, ThatSystemdCannotSayAreLeftToTheFilterOnV2Alone)
{
    for (const Rules &rules :
         {Rules{kNone, kNull, kMinor}, Rules{kNone, kNull, kNoNull}, Rules{kAny, kNull, kNoNull}}) {
        EXPECT_EQ(devices_of(rules, true), kAuto);
        EXPECT_EQ(devices_of(rules, false),
                  "DevicePolicy='strict';DeviceAllow=@a(ss) [];DeviceAllow=[('/dev/char/1:3', 'rw')];");
    }
}

// ---- annotations --------------------------------------------------------------------------------

struct Annotation {
    const char *name, *value;
    const char *property;  ///< "" where it is refused
};
void PrintTo(const Annotation &one, std::ostream *out) { *out << one.name << ": " << one.value; }

class Annotated : public testing::TestWithParam<Annotation> {};

TEST_P(Annotated, BecomesAPropertyOrIsRefused)
{
    const std::string name = std::string("org.systemd.property.") + GetParam().name;
    const auto properties =
        unit_annotations({{name, GetParam().value}, {"org.systemd.propertx", "("}, {"a", "("}});
    if (*GetParam().property == '\0') {
        ASSERT_FALSE(properties.ok());
        EXPECT_EQ(properties.error().pointer(), "/annotations/" + name);
        return;
    }
    ASSERT_TRUE(properties.ok()) << properties.error().text();
    ASSERT_EQ(properties->size(), 1U);
    EXPECT_EQ(properties->front().name + "=" + dbus::print(properties->front().value), GetParam().property);
}

// spec: SystemdAnnotations
INSTANTIATE_TEST_SUITE_P(
    Unit, Annotated,
    testing::Values(Annotation{"TimeoutStopUSec", "uint64 10000000", "TimeoutStopUSec=uint64 10000000"},
                    Annotation{"TimeoutStopSec", "uint64 10", "TimeoutStopUSec=uint64 10000000"},
                    Annotation{"TimeoutStopSec", "10", "TimeoutStopUSec=uint64 10000000"},
                    Annotation{"KillSignal", "2", "KillSignal=2"},
                    Annotation{"CollectMode", "'inactive'", "CollectMode='inactive'"},
                    Annotation{"Wants", "['a.service']", "Wants=['a.service']"},
                    Annotation{"SendSIGHUP", "true", "SendSIGHUP=true"},
                    Annotation{"TimeoutStopSec", "'10'", ""}, Annotation{"TimeoutStopSec", "-1", ""},
                    Annotation{"TimeoutStopSec", "uint64 18446744073709551615", ""},
                    Annotation{"KillSignal", "two", ""}, Annotation{"KillSignal", "", ""},
                    Annotation{"", "1", ""}, Annotation{"Kill Signal", "1", ""},
                    Annotation{"PIDs", "@au []", ""}, Annotation{"Slice", "'x.slice'", ""},
                    Annotation{"Delegate", "false", ""}));

// ---- the whole ----------------------------------------------------------------------------------

CgroupPlan plan_of(std::string path, std::int64_t pids, const CgroupHost &host = v2_host())
{
    oci::Config config;
    config.linux_.cgroups_path = std::move(path);
    config.linux_.resources.emplace().pids = {.limit = pids};
    auto plan = plan_cgroup_unit(config, "web", host, kSystem);
    EXPECT_TRUE(plan.ok()) << plan.error().text();
    return std::move(plan).take();
}

bool has(const std::vector<Property> &properties, std::string_view name)
{
    return std::ranges::find(properties, name, &Property::name) != properties.end();
}

// spec: SystemdUnit, SystemdDelegates
TEST(Unit, OfAContainerIsDelegatedAndLiesInItsSlice)
{
    const CgroupPlan plan = plan_of("a.slice:p:x", 100);
    ASSERT_TRUE(plan.unit);
    EXPECT_EQ(plan.unit->name, "p-x.scope");
    EXPECT_EQ(plan.dirs[0].path, "/sys/fs/cgroup/a.slice/p-x.scope");
    for (const char *name :
         {"Slice", "Delegate", "DefaultDependencies", "CollectMode", "MemoryAccounting", "TasksMax"}) {
        EXPECT_TRUE(has(plan.unit->properties, name)) << name;
    }
    // Exact, and what systemd has no word for: the files are written as well.
    EXPECT_EQ(plan.dirs[0].writes.size(), 1U);
}

// spec: AnnotationSubgroup
TEST(Unit, HasTheContainerBelowItWhereAnAnnotationSaysSo)
{
    oci::Config config;
    config.linux_.cgroups_path = "a.slice:p:x";
    config.annotations["run.oci.systemd.subgroup"] = "inner";
    auto plan = plan_cgroup_unit(config, "web", v2_host(), kSystem);
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->dirs[0].path, "/sys/fs/cgroup/a.slice/p-x.scope/inner");
    EXPECT_EQ(plan->unit->name, "p-x.scope");
    EXPECT_EQ(plan->unit->subgroup, "/inner");
}

TEST(Unit, ThatIsASliceHasNeitherProcessNorParent)
{
    const CgroupPlan plan = plan_of("::a-b.slice", 100);
    EXPECT_FALSE(plan.unit->is_scope());
    EXPECT_FALSE(has(plan.unit->properties, "Slice"));
    EXPECT_FALSE(has(plan.unit->properties, "Delegate"));
}

// The process that the scope begins with would take init's place.
TEST(Unit, WithRoomForFewTasksIsLimitedLater)
{
    const CgroupPlan few = plan_of(":p:x", 1), many = plan_of(":p:x", 100);
    EXPECT_FALSE(has(few.unit->properties, "TasksMax"));
    EXPECT_TRUE(has(few.unit->late, "TasksMax"));
    EXPECT_TRUE(many.unit->late.empty());
}

}  // namespace
}  // namespace rt::plan
