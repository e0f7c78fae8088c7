// SPDX-License-Identifier: Apache-2.0
#include <linux/sched.h>

#include <algorithm>

#include "plan/exec.h"
#include "plan_fixture.h"

namespace rt::plan {
namespace {

using init::Msg;
using init::Op;
using oci::NamespaceType;
using test::minimal;
using test::planned;
using Lines = std::vector<std::string>;

oci::Config with(std::vector<oci::Namespace> namespaces)
{
    oci::Config config = minimal();
    config.linux_.namespaces = std::move(namespaces);
    return config;
}

oci::Config with_user_namespace(std::vector<oci::Namespace> others = {})
{
    others.push_back({NamespaceType::kUser, ""});
    others.push_back({NamespaceType::kMount, ""});
    oci::Config config = with(std::move(others));
    config.linux_.uid_mappings = {{0, 100000, 65536}};
    config.linux_.gid_mappings = {{0, 200000, 65536}};
    return config;
}

Lines entry(const Plan &plan)
{
    Lines lines = test::print(plan);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (plan.steps[i].op == Op::kPropagation) {
            lines.resize(i);
        }
    }
    return lines;
}

// spec: NSNewNSWithoutPath
TEST(Namespaces, NewPidNamespaceIsClonedAndTheRestUnshared)
{
    const Plan plan = planned(with({{NamespaceType::kPid, ""},
                                    {NamespaceType::kMount, ""},
                                    {NamespaceType::kUts, ""},
                                    {NamespaceType::kIpc, ""},
                                    {NamespaceType::kNetwork, ""}}));
    EXPECT_EQ(plan.clone_flags, std::uint64_t{CLONE_NEWPID});
    EXPECT_TRUE(plan.own_pid_namespace);
    EXPECT_EQ(entry(plan), (Lines{"starting a session", "joining session keyring \"_ses.web\"",
                                  "making namespaces (mount, uts, ipc, network) a=4c020000",
                                  "bringing up the loopback interface"}));
}

// spec: NSInheritWithoutType
TEST(Namespaces, AbsentTypesAreInherited)
{
    const Plan plan = planned(with({{NamespaceType::kMount, ""}}));
    EXPECT_EQ(plan.clone_flags, 0U);
    EXPECT_FALSE(plan.own_pid_namespace);
    EXPECT_EQ(entry(plan).back(), "making namespaces (mount) a=20000");
}

TEST(Namespaces, NoKeyringWhenNotWanted)
{
    Request request = test::kRequest;
    request.keyring = "";
    EXPECT_TRUE(test::all(planned(minimal(), test::bare_host(), request), Op::kKeyring).empty());
}

// spec: NSProcInPath
TEST(Namespaces, JoinsAreOpenedByTheParentAndInOrder)
{
    const Plan plan = planned(with({{NamespaceType::kMount, "/ns/mnt"},
                                    {NamespaceType::kNetwork, "/ns/net"},
                                    {NamespaceType::kPid, ""}}));
    EXPECT_EQ(entry(plan), (Lines{"starting a session", "joining session keyring \"_ses.web\"",
                                  "joining namespace \"/ns/net\" (network) a=40000000",
                                  "joining namespace \"/ns/mnt\" (mount) a=20000"}));
    ASSERT_EQ(plan.joins.size(), 2U);
    EXPECT_EQ(plan.joins[0].path, "/ns/net");
    EXPECT_EQ(plan.joins[0].step, 2U);
    EXPECT_EQ(plan.joins[1].origin.pointer(), "/linux/namespaces/0");
    EXPECT_TRUE(test::all(plan, Op::kLoopback).empty()) << "somebody else's network";
}

TEST(Namespaces, UserNamespaceComesFirstAndInTwoStages)
{
    const Plan plan = planned(with_user_namespace({{NamespaceType::kPid, ""}, {NamespaceType::kUts, ""}}));
    EXPECT_EQ(plan.clone_flags, 0U);
    EXPECT_EQ(entry(plan),
              (Lines{"making namespaces (user) a=10000000", "telling the runtime: user-ns",
                     "waiting for the runtime: mapped", "making namespaces (pid) a=20000000",
                     "becoming root of the user namespace", "starting the container's first process",
                     "starting a session", "joining session keyring \"_ses.web\"",
                     "making namespaces (mount, uts) a=4020000"}));
    EXPECT_EQ(plan.uid_map, (std::vector<oci::IdMapping>{{0, 100000, 65536}}));
    EXPECT_EQ(plan.gid_map, (std::vector<oci::IdMapping>{{0, 200000, 65536}}));
    EXPECT_FALSE(plan.deny_setgroups);
    EXPECT_EQ(plan.turns(),
              (std::vector{Msg::kUserNs, Msg::kMapped, Msg::kForked, Msg::kCreated, Msg::kReleased}));
}

TEST(Namespaces, UserNamespaceAloneNeedsNoFork)
{
    EXPECT_TRUE(test::all(planned(with_user_namespace()), Op::kFork).empty());
}

Host ordinary_user()
{
    Host host = test::bare_host();
    host.privileged = false;
    host.capabilities = 0;
    host.uid = 1000;
    host.gid = 1001;
    return host;
}

TEST(Namespaces, WithoutPrivilegesJoinsComeAfterTheUserNamespaceAndGroupsStayUntilTheEnd)
{
    const Plan plan = planned(with_user_namespace({{NamespaceType::kNetwork, "/ns/net"}}), ordinary_user());
    EXPECT_EQ(test::only(plan, Op::kBecomeRoot).flags, init::kNoSetgroups);
    EXPECT_EQ(test::only_call(plan, __NR_setgroups).flags, init::kMayFail);
    EXPECT_LT(test::all(plan, Op::kAwait)[0], test::all(plan, Op::kSetns)[0]);
}

// spec: RootlessGroups
TEST(Namespaces, RootThatMayNotSetGroupsKeepsItsOwnWhereNobodyMay)
{
    constexpr std::uint64_t kSetgid = 1 << 6;
    Host host = test::bare_host();
    host.capabilities &= ~kSetgid;
    oci::Config config = with_user_namespace();
    config.linux_.gid_mappings = {{0, host.gid, 1}};
    const Plan plan = planned(config, host);
    EXPECT_TRUE(host.privileged && plan.deny_setgroups);
    EXPECT_EQ(test::only(plan, Op::kBecomeRoot).flags, init::kNoSetgroups);
    EXPECT_EQ(test::only_call(plan, __NR_setgroups).flags, init::kMayFail);
}

Host nested_root(std::uint64_t without = 0)
{
    Host host = test::bare_host();
    host.privileged = false;
    host.capabilities &= ~without;
    return host;
}

// spec: LinuxUserMappings
TEST(Namespaces, WithoutAnIdZeroInitIsWhoTheProgramWillBe)
{
    oci::Config config = with_user_namespace();
    config.process->user = {.uid = 1000, .gid = 7};
    const auto ids = [&config] {
        const Plan plan = planned(config);
        const Step &step = test::only(plan, Op::kBecomeRoot);
        return std::pair(step.a, step.b);
    };
    using Ids = std::pair<std::uint64_t, std::uint64_t>;
    EXPECT_EQ(ids(), Ids(0, 0));
    config.linux_.uid_mappings = {{1000, 100000, 1}};
    EXPECT_EQ(ids(), Ids(1000, 0));
    config.linux_.gid_mappings = {{5, 200000, 4}};
    EXPECT_EQ(ids(), Ids(1000, 7));
    EXPECT_EQ(describe(test::only(planned(config), Op::kBecomeRoot)),
              "becoming user 1000:7 in the user namespace");

    oci::Process another = *config.process;
    another.user = {.uid = 1000, .gid = 8};
    auto exec = make_exec(config, another, {.id = "web"}, test::bare_host());
    ASSERT_TRUE(exec.ok());
    EXPECT_EQ(test::only(*exec, Op::kBecomeRoot).b, 8U);

    config.process.reset();
    EXPECT_EQ(ids(), Ids(1000, 5)) << "nobody said";
}

// spec: NSProcInPath
TEST(Namespaces, RootOfAUserNamespaceJoinsBeforeItMakesOrJoinsAnother)
{
    constexpr std::uint64_t kSysChroot = 1 << 18, kSysAdmin = 1 << 21;
    const auto joins_first = [](const char *user, const Host &host) {
        oci::Config config = with_user_namespace({{NamespaceType::kNetwork, "/ns/net"}});
        config.linux_.namespaces[1].path = user;
        const Plan plan = planned(config, host);
        const auto enters = std::ranges::find(plan.steps, std::uint64_t{CLONE_NEWUSER}, &Step::a);
        const auto joins = std::ranges::find(plan.steps, std::uint64_t{CLONE_NEWNET}, &Step::a);
        EXPECT_NE(enters, plan.steps.end());
        return joins < enters;
    };
    EXPECT_TRUE(joins_first("", nested_root()));
    EXPECT_TRUE(joins_first("/ns/user", nested_root()));
    EXPECT_FALSE(joins_first("", nested_root(kSysAdmin)));
    EXPECT_FALSE(joins_first("", nested_root(kSysChroot))) << "setns(2) of a mount namespace wants it";
    Host not_root = nested_root();
    not_root.uid = 1000;
    EXPECT_FALSE(joins_first("", not_root)) << "execve(2) leaves init no capability";
}

TEST(Namespaces, WhileAnotherWritesTheMapsProcSelfIsTheUsers)
{
    const Lines lines = entry(planned(with_user_namespace(), ordinary_user()));
    EXPECT_EQ(
        Lines(lines.begin(), lines.begin() + 5),
        (Lines{"making namespaces (user) a=10000000", "owning /proc/self a=4 b=1",
               "telling the runtime: user-ns", "waiting for the runtime: mapped", "owning /proc/self a=4"}));
}

using Mappings = std::vector<oci::IdMapping>;

struct MapCase {
    std::uint64_t capabilities;
    Mappings uids, gids;
    bool uid_helper, gid_helper, deny;
};

// spec: RootlessMaps, RootlessGroups
TEST(Namespaces, OwnIdsAreMappedDirectlyAndOthersByWhoMay)
{
    constexpr std::uint64_t kSetgid = 1 << 6, kSetuid = 1 << 7;
    const Mappings own_user = {{0, 1000, 1}}, own_group = {{0, 1001, 1}};
    const Mappings more = {{0, 1000, 1}, {1, 100000, 65536}}, other = {{0, 1002, 1}}, two = {{0, 1000, 2}};
    const MapCase cases[] = {
        {0, own_user, own_group, false, false, true},
        {0, more, more, true, true, false},
        {0, own_user, more, false, true, false},
        {0, more, own_group, true, false, true},
        {0, other, other, true, true, false},
        {0, two, own_group, true, false, true},
        {kSetuid | kSetgid, more, more, false, false, false},
        {kSetuid | kSetgid, own_user, own_group, false, false, false},
        {kSetuid, more, own_group, false, false, true},
    };
    for (const MapCase &row : cases) {
        SCOPED_TRACE(&row - cases);
        oci::Config config = with_user_namespace();
        config.linux_.uid_mappings = row.uids;
        config.linux_.gid_mappings = row.gids;
        Host host = ordinary_user();
        host.capabilities = row.capabilities;
        const Plan plan = planned(config, host);
        EXPECT_EQ(plan.uid_helper, row.uid_helper);
        EXPECT_EQ(plan.gid_helper, row.gid_helper);
        EXPECT_EQ(plan.deny_setgroups, row.deny);
        config.process->user.additional_gids = {0};
        EXPECT_EQ(make(config, test::kRequest, host).ok(), !row.deny);
    }
}

TEST(Namespaces, PrivilegedJoinsComeBeforeTheUserNamespace)
{
    const Plan plan = planned(with({{NamespaceType::kUser, "/ns/user"},
                                    {NamespaceType::kPid, "/ns/pid"},
                                    {NamespaceType::kNetwork, "/ns/net"},
                                    {NamespaceType::kMount, ""}}));
    EXPECT_EQ(
        entry(plan),
        (Lines{"joining namespace \"/ns/pid\" (pid) a=20000000",
               "joining namespace \"/ns/net\" (network) a=40000000",
               "joining namespace \"/ns/user\" (user) a=10000000", "becoming root of the user namespace",
               "starting the container's first process", "starting a session",
               "joining session keyring \"_ses.web\"", "making namespaces (mount) a=20000"}));
    EXPECT_TRUE(plan.uid_map.empty());
}

TEST(Namespaces, UserNamespaceWithoutMappingsIsRefused)
{
    oci::Config config = with_user_namespace();
    config.linux_.gid_mappings.clear();
    EXPECT_EQ(test::refused(config), "/linux/gidMappings: a new user namespace needs at least one mapping");
}

// spec: JoinUnseen
TEST(Namespaces, AJoinedPidNamespaceIsEnteredWithNothingLeftToTake)
{
    oci::Config config = with({{NamespaceType::kPid, "/ns/pid"}, {NamespaceType::kMount, ""}});
    config.mounts = {{.destination = "/proc", .source = "proc", .type = "proc"}};
    const auto fork_of = [&config](bool takes_pidns) {
        Host host = test::hybrid_host();
        host.cgroups.hierarchies.push_back(
            {.controllers = {"pids"}, .mount = "/sys/fs/cgroup/pids", .own = "/"});
        host.proc_takes_pidns = takes_pidns;
        Plan plan = planned(config, host);
        const std::vector<std::size_t> forks = test::all(plan, Op::kFork);
        EXPECT_EQ(forks.size(), 1U);
        return std::pair(forks.at(0), std::move(plan));
    };
    const auto [late, plan] = fork_of(true);
    EXPECT_GT(late, test::all(plan, Op::kCapset).back());
    EXPECT_LT(late, test::all(plan, Op::kPark).at(0));
    EXPECT_EQ(plan.proc_steps, test::all(plan, Op::kFsMount));
    EXPECT_EQ(plan.turns(), (std::vector{Msg::kCgroup, Msg::kForked, Msg::kCreated, Msg::kReleased}));

    // Where procfs has to be mounted from inside, or a hook wants to know the pid, as early as it can be.
    const auto [early, older] = fork_of(false);
    EXPECT_LT(early, test::all(older, Op::kFsMount).at(0));
    EXPECT_TRUE(older.proc_steps.empty());
    config.hooks.create_runtime = {{.path = "/bin/true"}};
    EXPECT_EQ(fork_of(true).first, early);
    config.hooks = {};
    config.process->scheduler = oci::Scheduler{.policy = oci::SchedPolicy::kDeadline};
    EXPECT_EQ(fork_of(true).first, early);
    config.process->scheduler.reset();
    config.linux_.resources.emplace().pids.emplace().limit = 1;
    EXPECT_EQ(fork_of(true).first, early);
}

// spec: LinuxTimeOffsetsSet
TEST(Namespaces, ClocksAreSetBeforeAnybodyIsInTheirNamespace)
{
    oci::Config config =
        with({{NamespaceType::kTime, ""}, {NamespaceType::kPid, ""}, {NamespaceType::kMount, ""}});
    config.linux_.time_offsets = {{"monotonic", {.secs = -7, .nanosecs = 5}}, {"boottime", {.secs = 86400}}};
    const Plan plan = planned(config);
    EXPECT_EQ(plan.clone_flags, 0U);
    EXPECT_EQ(plan.steps[0].a, std::uint64_t{CLONE_NEWPID | CLONE_NEWTIME});
    EXPECT_EQ(test::print(plan.steps[1]), "owning /proc/self a=4 b=1");
    EXPECT_EQ(plan.steps[2].op, Op::kWrite);
    EXPECT_EQ(plan.steps[2].s1, "self/timens_offsets");
    EXPECT_EQ(plan.steps[2].s2, "boottime 86400 0\nmonotonic -7 5\n");
    EXPECT_EQ(test::print(plan.steps[3]), "owning /proc/self a=4");
    EXPECT_EQ(plan.steps[4].op, Op::kFork);
}

TEST(Namespaces, CgroupNamespaceIsMadeInTheContainersCgroups)
{
    oci::Config config = minimal();
    config.linux_.namespaces.push_back({NamespaceType::kCgroup, ""});
    const Plan plan = planned(config, test::hybrid_host());
    const std::size_t made = test::all(plan, Op::kUnshare).back();
    EXPECT_EQ(plan.steps[made].a, std::uint64_t{CLONE_NEWCGROUP});
    EXPECT_EQ(plan.steps[made - 1].op, Op::kJoinCgroups);
    EXPECT_EQ(plan.steps[made - 1].b, 2U) << "memory too";
    EXPECT_EQ(plan.steps[made - 2].a, static_cast<std::uint64_t>(Msg::kCgroup));
    EXPECT_EQ(test::all(plan, Op::kJoinCgroups).size(), 1U);
}

TEST(Namespaces, MemoryIsJoinedLateWithoutACgroupNamespace)
{
    const Plan plan = planned(minimal(), test::hybrid_host());
    const std::vector<std::size_t> joins = test::all(plan, Op::kJoinCgroups);
    ASSERT_EQ(joins.size(), 2U);
    EXPECT_EQ(plan.steps[joins[0]].a, 0U);
    EXPECT_EQ(plan.steps[joins[0]].b, 1U);
    EXPECT_EQ(plan.steps[joins[1]].a, 1U);
    EXPECT_EQ(plan.steps[joins[1]].b, 1U);
    EXPECT_GT(joins[1], test::all(plan, Op::kPivot)[0]);
    EXPECT_LT(joins[1], test::all(plan, Op::kIds)[0]);
}

struct SysctlCase {
    const char *key, *path;
};

TEST(Namespaces, SysctlKeysAreReadAsSysctl8Does)
{
    const SysctlCase cases[] = {
        {"net.ipv4.ip_forward", "sys/net/ipv4/ip_forward"},
        {"net/ipv4/ip_forward", "sys/net/ipv4/ip_forward"},
        {"net.ipv4.conf.eth0/1.forwarding", "sys/net/ipv4/conf/eth0.1/forwarding"},
        {"net/ipv4/conf/eth0.1/forwarding", "sys/net/ipv4/conf/eth0.1/forwarding"},
    };
    for (const SysctlCase &c : cases) {
        oci::Config config = minimal();
        config.linux_.sysctl = {{c.key, "1"}};
        EXPECT_EQ(test::only(planned(config), Op::kWrite).s1, c.path);
    }
}

// spec: LinuxHostname, LinuxDomainname, LinuxSysctlSet, LinuxPersonality
TEST(Namespaces, KernelStateIsSetBeforeTheHostsProcIsGone)
{
    oci::Config config = minimal();
    config.linux_.namespaces.push_back({NamespaceType::kUts, ""});
    config.hostname = "web";
    config.domainname = "example";
    config.linux_.sysctl = {{"kernel.shmmax", "1"}};
    config.linux_.personality = oci::Personality{.domain = "LINUX32"};
    EXPECT_EQ(test::of(planned(config), "/linux/personality"), Lines{"setting the personality a=8"});
    EXPECT_EQ(test::of(planned(config), "/hostname"), Lines{"setting hostname \"web\" b=3"});
    EXPECT_EQ(test::of(planned(config), "/domainname"), Lines{"setting domainname \"example\" b=7"});
    EXPECT_EQ(test::of(planned(config), "/linux/sysctl"), Lines{"setting sysctl \"kernel.shmmax\" to \"1\""});
}

}  // namespace
}  // namespace rt::plan
