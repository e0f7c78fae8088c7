// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "plan_fixture.h"

namespace rt::plan {
namespace {

using init::Op;
using test::minimal;
using test::planned;

// spec: RootlessShown
TEST(Mounts, FileSystemsOfASharedNamespaceAreTheHostsWhereNobodyMayMakeNewOnes)
{
    oci::Config config = minimal();
    config.mounts = {
        {.destination = "/sys", .source = "sysfs", .type = "sysfs", .options = {"nosuid", "ro"}},
        {.destination = "/proc", .source = "proc", .type = "proc", .options = {"hidepid=2"}},
    };
    EXPECT_TRUE(planned(config).host_trees.empty()) << "root of the machine may";
    config.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    config.linux_.uid_mappings = config.linux_.gid_mappings = {{0, 100000, 65536}};
    Plan plan = planned(config);
    ASSERT_EQ(plan.host_trees.size(), 2U) << "the root and /sys: the pid namespace is new";
    const auto sys = std::ranges::find(plan.host_trees, "/sys", &HostTree::path);
    ASSERT_NE(sys, plan.host_trees.end());
    EXPECT_TRUE(sys->recursive);
    const Step &attributes = plan.steps.at(sys->step + 1);
    EXPECT_EQ(attributes.op, Op::kSetAttr);

    std::erase_if(config.linux_.namespaces,
                  [](const oci::Namespace &space) { return space.type == oci::NamespaceType::kPid; });
    config.linux_.namespaces.push_back({oci::NamespaceType::kNetwork, ""});
    plan = planned(config);
    ASSERT_EQ(plan.host_trees.size(), 2U);
    EXPECT_NE(std::ranges::find(plan.host_trees, "/proc", &HostTree::path), plan.host_trees.end());
    EXPECT_EQ(test::only(plan, Op::kFsMount).s1, "sysfs");

    config.linux_.namespaces.back().path = "/ns/net";
    plan = planned(config);
    EXPECT_EQ(plan.host_trees.size(), 3U) << "a new user namespace has no right in a network that was there";
    EXPECT_TRUE(test::all(plan, Op::kFsMount).empty());
    const auto user =
        std::ranges::find(config.linux_.namespaces, oci::NamespaceType::kUser, &oci::Namespace::type);
    user->path = "/ns/user";
    EXPECT_EQ(test::only(planned(config), Op::kFsMount).s1, "sysfs") << "it may be the network's own";
    user->path = "";
    config.linux_.namespaces.push_back({oci::NamespaceType::kPid, "/ns/pid"});
    EXPECT_EQ(test::only(planned(config), Op::kFsMount).s1, "proc") << "the host's has other processes";
}

}  // namespace
}  // namespace rt::plan
