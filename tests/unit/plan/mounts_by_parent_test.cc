// SPDX-License-Identifier: Apache-2.0
#include <linux/mount.h>

#include "plan_fixture.h"

namespace rt::plan {
namespace {

using init::Op;
using test::planned;

oci::Config bound_in_a_user_namespace()
{
    oci::Config config = test::minimal();
    config.mounts = {{.destination = "/data", .source = "/srv", .options = {"rbind"}}};
    config.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    config.linux_.uid_mappings = config.linux_.gid_mappings = {{0, 1, 1}};
    return config;
}

TEST(Mounts, InAUserNamespaceTheParentOpens)
{
    const oci::Config config = bound_in_a_user_namespace();
    Host host = test::bare_host();
    const Plan plan = planned(config, host);
    EXPECT_TRUE(test::all(plan, Op::kOpenTree).empty());
    ASSERT_EQ(plan.host_trees.size(), 2U);
    EXPECT_EQ(plan.host_trees[0].path, "/b/rootfs");
    EXPECT_EQ(plan.steps[plan.host_trees[0].step].op, Op::kRoot);
    EXPECT_FALSE(plan.host_trees[0].optional);
    EXPECT_EQ(plan.host_trees[1].path, "/srv");
    EXPECT_TRUE(plan.host_trees[1].recursive);
    EXPECT_TRUE(plan.host_trees[1].optional);
    EXPECT_EQ(plan.steps[plan.host_trees[1].step].op, Op::kTree);
    host.privileged = false;
    host.uid = 1000;
    EXPECT_TRUE(planned(config, host).host_trees.empty()) << "nobody can do it better than init";
}

TEST(Mounts, RootOfAUserNamespaceOpensWhatInitMayHaveNoAccessTo)
{
    oci::Config config = bound_in_a_user_namespace();
    config.mounts[0].options.emplace_back("private");
    config.linux_.rootfs_propagation = oci::Propagation::kPrivate;
    Host host = test::bare_host();
    host.privileged = false;
    const Plan plan = planned(config, host);
    ASSERT_EQ(plan.host_trees.size(), 2U);
    EXPECT_EQ(plan.host_trees[0].path, "/b/rootfs");
    EXPECT_TRUE(plan.host_trees[0].spare);
    EXPECT_EQ(test::only(plan, Op::kRoot).flags, init::kSpare);
    EXPECT_EQ(plan.host_trees[1].path, "/srv");
    EXPECT_TRUE(plan.host_trees[1].spare);
    EXPECT_TRUE(plan.host_trees[1].recursive);
    EXPECT_EQ(plan.steps[plan.host_trees[1].step].op, Op::kTree);
    EXPECT_EQ(test::only(plan, Op::kOpenTree).b, plan.host_trees[1].step);
    EXPECT_EQ(test::only(plan, Op::kSetAttr).c, std::uint64_t{MS_PRIVATE})
        << "a copy made outside is a slave";

    config.linux_.namespaces[1].path = "/ns/mnt";
    EXPECT_TRUE(planned(config, host).host_trees.empty()) << "the paths of another mount namespace";
}

TEST(Mounts, WhatMayBeADiskIsTheParentsToMount)
{
    oci::Config config = test::minimal();
    config.mounts = {{.destination = "/data", .source = "/dev/sdb1", .type = "ext4"},
                     {.destination = "/tmp", .source = "tmpfs", .type = "tmpfs"},
                     {.destination = "/srv", .source = "/srv", .options = {"bind"}}};
    Plan plan = planned(config);
    ASSERT_EQ(plan.disk_steps.size(), 1U);
    EXPECT_EQ(plan.steps[plan.disk_steps[0]].op, Op::kFsMount);
    EXPECT_EQ(plan.steps[plan.disk_steps[0]].s2, "/dev/sdb1");

    config.linux_.namespaces[1].path = "/ns/mnt";
    EXPECT_TRUE(planned(config).disk_steps.empty()) << "the paths of another mount namespace";
    config.linux_.namespaces[1].path.clear();
    config.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    config.linux_.uid_mappings = config.linux_.gid_mappings = {{0, 1, 1}};
    EXPECT_TRUE(planned(config).disk_steps.empty()) << "not for a user namespace";
}

}  // namespace
}  // namespace rt::plan
