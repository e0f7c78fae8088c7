// SPDX-License-Identifier: Apache-2.0
//
// A limit whose controller the container has no cgroup for: refused with what is in the way, or not at all.
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/str.h"
#include "cgroup_hosts.h"
#include "plan/cgroup.h"

namespace rt::plan {
namespace {

using Make = void (*)(oci::Resources &);
using MakeHost = CgroupHost (*)();

Result<CgroupPlan> plan_with(Make make, const CgroupHost &host)
{
    oci::Linux linux_;
    linux_.cgroups_path = "/rt-x";
    make(linux_.resources.emplace());
    return plan_cgroup(linux_, "id", host);
}

/// An ordinary user's: nothing of `host` was delegated.
CgroupHost kept_from(CgroupHost host)
{
    host.rootless = true;
    for (Hierarchy &hierarchy : host.hierarchies) {
        std::string why = str("we may not make \"", hierarchy.mount, "/x\"");
        host.withheld.push_back({std::move(hierarchy), std::move(why), "have one delegated"});
    }
    host.hierarchies.clear();
    return host;
}

CgroupHost v2_without_io()
{
    CgroupHost host = v2_host();
    host.hierarchies[0].controllers = {"memory"};
    return host;
}

CgroupHost users_v1() { return kept_from(hybrid_host()); }
CgroupHost users_v2() { return kept_from(v2_host()); }
CgroupHost users_v2_without_io() { return kept_from(v2_without_io()); }
CgroupHost nothing_mounted() { return {}; }
CgroupHost not_wanted() { return {.disabled = true}; }

/// Of a hybrid machine, the part of v2 alone was delegated.
CgroupHost users_hybrid()
{
    CgroupHost host = kept_from(hybrid_host());
    host.hierarchies.push_back(host.withheld.back().hierarchy);
    host.withheld.pop_back();
    return host;
}

void memory(oci::Resources &r) { r.memory.emplace().limit = 10'000'000; }
void io(oci::Resources &r) { r.block_io.emplace().weight = std::uint16_t{100}; }
void net_cls(oci::Resources &r) { r.network.emplace().class_id = 1; }
void swappiness(oci::Resources &r) { r.memory.emplace().swappiness = 60; }
void rdma(oci::Resources &r) { r.rdma["mlx5_0"] = {.hca_handles = 1}; }
void memory_high(oci::Resources &r) { r.unified["memory.high"] = "1"; }
void depth(oci::Resources &r) { r.unified["cgroup.max.depth"] = "1"; }
void devices(oci::Resources &r) { r.devices = {{}}; }

struct Cause {
    const char *name;
    Make make;
    MakeHost host;
    const char *says;
};
void PrintTo(const Cause &cause, std::ostream *out) { *out << cause.name; }

class Causes : public testing::TestWithParam<Cause> {};

// spec: ErrorsMissingController
TEST_P(Causes, AreTold)
{
    const auto plan = plan_with(GetParam().make, GetParam().host());
    ASSERT_FALSE(plan.ok());
    EXPECT_NE(plan.error().text().find(GetParam().says), std::string::npos) << plan.error().text();
}

constexpr const char *kDisabled = "(--cgroup-manager disabled makes no cgroup: drop it, or the property)";
constexpr const char *kOfV2 = "is a file of cgroup v2, and v1 hierarchies are mounted here";
constexpr const char *kNothingInV2 = "cgroup v2 has nothing that corresponds to this property (drop it)";

INSTANTIATE_TEST_SUITE_P(
    OfTheMachineAndTheUser, Causes,
    testing::Values(
        Cause{"not mounted", net_cls, hybrid_host,
              "(mount it, as \"/sys/fs/cgroup/net_cls\", if /proc/cgroups lists it; or drop the property)"},
        Cause{"not mounted, user", net_cls, users_v1,
              "(have root mount it, as \"/sys/fs/cgroup/net_cls\", if /proc/cgroups lists it; or drop the "
              "property)"},
        Cause{"not mounted but for v2, user", memory, users_hybrid,
              "(we may not make \"/sys/fs/cgroup/memory/x\": have one delegated, or drop the property)"},
        Cause{"v1, user", memory, users_v1,
              "(we may not make \"/sys/fs/cgroup/memory/x\": have one delegated, or drop the property)"},
        Cause{"v2, user", memory, users_v2,
              "\"memory\" is not available here (we may not make \"/sys/fs/cgroup/x\": have one delegated"},
        Cause{"v2 has not", io, v2_without_io,
              "\"io\" is not available here (\"/sys/fs/cgroup/cgroup.controllers\" has to have it;"},
        Cause{"v2 has not, user", io, users_v2_without_io,
              "\"io\" is not available here (\"/sys/fs/cgroup/cgroup.controllers\" has to have it;"},
        Cause{"rdma, user", rdma, users_v1, "(have root mount it, as \"/sys/fs/cgroup/rdma\""},
        Cause{"never in v2", net_cls, v2_host, kNothingInV2},
        Cause{"never in v2, user", net_cls, users_v2, kNothingInV2},
        Cause{"swappiness, user", swappiness, users_v2, kNothingInV2},
        Cause{"unified, user on v1", memory_high, users_v1, kOfV2},
        Cause{"unified, user with v2 of a hybrid", depth, users_hybrid, kOfV2},
        Cause{"unified, user", memory_high, users_v2,
              "\"memory\" is not available here (we may not make \"/sys/fs/cgroup/x\": have one delegated"},
        Cause{"unified of no controller, user", depth, users_v2,
              "there is no cgroup to have this file (we may not make \"/sys/fs/cgroup/x\""},
        Cause{"unified, none mounted", memory_high, nothing_mounted, "(mount a cgroup file system,"},
        Cause{"none mounted", memory, nothing_mounted, "(mount a cgroup file system, or drop the property)"},
        Cause{"disabled", memory, not_wanted, kDisabled},
        Cause{"unified, disabled", memory_high, not_wanted, kDisabled},
        Cause{"devices, disabled", devices, not_wanted, kDisabled}));

class WithoutCgroup : public testing::TestWithParam<MakeHost> {};

// spec: LinuxResourcesNoLimit
TEST_P(WithoutCgroup, WhatIsNoLimitNeedsNone)
{
    const auto plan = plan_with(
        [](oci::Resources &r) {
            r.memory = {.limit = -1, .reservation = -1, .swap = -1};
            r.memory->disable_oom_killer = false;
            r.memory->use_hierarchy = true;
            r.cpu = oci::CpuResources{.burst = 0, .quota = -1};
            r.cpu->idle = 0;
            r.pids.emplace().limit = -1;
        },
        GetParam()());
    EXPECT_TRUE(plan.ok()) << plan.error().text();
}

INSTANTIATE_TEST_SUITE_P(OfAny, WithoutCgroup,
                         testing::Values(users_v1, users_v2, users_hybrid, nothing_mounted, not_wanted));

// spec: LinuxResourcesNoLimit
TEST(CgroupNoLimit, IsWrittenWhereTheFileIs)
{
    const auto plan = plan_with([](oci::Resources &r) { r.pids.emplace().limit = -1; }, v2_host());
    ASSERT_TRUE(plan.ok());
    ASSERT_EQ(plan->dirs[0].writes.size(), 1U);
    EXPECT_EQ(plan->dirs[0].writes[0].value, "max");
    EXPECT_TRUE(plan->dirs[0].writes[0].may_be_missing);
}

}  // namespace
}  // namespace rt::plan
