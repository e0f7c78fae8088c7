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

// spec: RootlessShown
TEST(Mounts, WhatTheHostsFileSystemIsNotAskedIsTold)
{
    oci::Config config = minimal();
    config.mounts = {{.destination = "/proc", .source = "proc", .type = "proc", .options = {"nosuid"}},
                     {.destination = "/p", .source = "proc", .type = "proc", .options = {"ro", "hidepid=2"}}};
    config.linux_.namespaces = {{oci::NamespaceType::kMount, ""}, {oci::NamespaceType::kUser, ""}};
    config.linux_.uid_mappings = config.linux_.gid_mappings = {{0, 100000, 65536}};
    const std::vector<std::string> warnings = planned(config).warnings;
    const auto told =
        std::ranges::find_if(warnings, [](const std::string &text) { return text.starts_with("/mounts/"); });
    ASSERT_NE(told, warnings.end());
    EXPECT_EQ(*told,
              "/mounts/1/options: left out: hidepid=2, since the host's /proc is bound, with its options");
    EXPECT_EQ(
        std::ranges::count_if(warnings, [](const std::string &text) { return text.starts_with("/mounts/"); }),
        1);
}

oci::Config joined_in_a_user_namespace()
{
    oci::Config config = minimal();
    config.mounts = {{.destination = "/proc", .source = "proc", .type = "proc"},
                     {.destination = "/mq", .source = "mqueue", .type = "mqueue", .options = {"nosuid"}},
                     {.destination = "/tmp", .source = "tmpfs", .type = "tmpfs"}};
    config.linux_.namespaces = {{oci::NamespaceType::kMount, ""},
                                {oci::NamespaceType::kUser, ""},
                                {oci::NamespaceType::kPid, "/ns/pid"},
                                {oci::NamespaceType::kIpc, "/ns/ipc"}};
    config.linux_.uid_mappings = config.linux_.gid_mappings = {{0, 100000, 65536}};
    return config;
}

/// The types that are mounted before the user namespace is made; each has to come back as a kTree.
std::string made_before(const oci::Config &config, const Host &host = test::bare_host())
{
    const Plan plan = planned(config, host);
    std::string types;
    for (std::size_t i = 0; plan.steps.at(i).op != Op::kTell; ++i) {
        if (plan.steps[i].op == Op::kFsMount) {
            const Step &keep = plan.steps[i + 1];
            EXPECT_EQ(keep.op, Op::kKeep);
            EXPECT_EQ(plan.steps.at(keep.b).op, Op::kTree);
            EXPECT_EQ(plan.steps.at(keep.b).subject, keep.subject);
            types += plan.steps[i].s1 + ' ';
        }
        types += plan.steps[i].op == Op::kFork ? "fork " : "";
    }
    return types;
}

// spec: JoinShown
TEST(Mounts, WhatShowsAJoinedNamespaceIsMadeWhereTheRightsAre)
{
    oci::Config config = joined_in_a_user_namespace();
    Host host = test::bare_host();
    EXPECT_EQ(made_before(config), "fork proc mqueue ");
    EXPECT_EQ(test::all(planned(config), Op::kFork).size(), 1U);
    host.proc_takes_pidns = true;
    EXPECT_EQ(made_before(config, host), "proc mqueue ");
    EXPECT_EQ(planned(config, host).proc_steps.size(), 1U);
    host.privileged = false;
    EXPECT_EQ(made_before(config, host), "proc mqueue ") << "root of a user namespace";
    host.uid = 1000;
    EXPECT_EQ(made_before(config, host), "") << "who has rights nowhere else";

    config.mounts[1].options.emplace_back("a=\"b\"");
    EXPECT_EQ(made_before(config), "fork proc ") << "mount(2) is seen";
    config.linux_.namespaces.push_back({oci::NamespaceType::kTime, ""});
    EXPECT_EQ(made_before(config), "") << "the first process in a new time namespace is a new one";
    config = joined_in_a_user_namespace();
    config.linux_.namespaces[1].path = "/ns/user";
    EXPECT_TRUE(test::all(planned(config), Op::kKeep).empty()) << "it may be theirs";
}

}  // namespace
}  // namespace rt::plan
