// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "plan/plan.h"
#include "plan_fixture.h"

namespace rt::plan {
namespace {

using init::Msg;
using init::Op;
using test::minimal;
using test::planned;
using Lines = std::vector<std::string>;

/// What dockerd writes, less what is more of the same.
oci::Config docker_like()
{
    oci::Config config = minimal();
    config.hostname = "0123456789ab";
    config.process->no_new_privileges = true;
    config.process->capabilities =
        oci::Capabilities{.bounding = {"CAP_CHOWN"}, .effective = {"CAP_CHOWN"}, .permitted = {"CAP_CHOWN"}};
    config.process->rlimits = {{"RLIMIT_NOFILE", 1024, 4096}};
    config.mounts = {
        {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}, {}, {}},
        {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}, {}, {}},
        {"/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666"}, {}, {}},
        {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}, {}, {}},
        {"/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid", "noexec", "nodev"}, {}, {}},
        {"/etc/hosts", "/var/hosts", "bind", {"rbind", "rprivate"}, {}, {}},
    };
    config.linux_.namespaces = {{oci::NamespaceType::kMount, ""}, {oci::NamespaceType::kNetwork, ""},
                                {oci::NamespaceType::kUts, ""},   {oci::NamespaceType::kPid, ""},
                                {oci::NamespaceType::kIpc, ""},   {oci::NamespaceType::kCgroup, ""}};
    config.linux_.masked_paths = {"/proc/kcore", "/sys/firmware"};
    config.linux_.readonly_paths = {"/proc/sys"};
    config.linux_.seccomp.emplace();
    config.linux_.seccomp->default_action = oci::SeccompAction::kAllow;
    config.hooks.prestart = {{.path = "/usr/bin/netns"}};
    return config;
}

TEST(Plan, MinimalConfig)
{
    EXPECT_EQ(test::print(planned(minimal())),
              (Lines{"starting a session",
                     "joining session keyring \"_ses.web\"",
                     "making namespaces (mount) a=20000",
                     "changing the propagation of the host's mounts recursive a=80000",
                     "mounting root filesystem \"/b/rootfs\"",
                     "making device \"/dev/null\" a=21b6 b=103",
                     "making device \"/dev/zero\" a=21b6 b=105",
                     "making device \"/dev/full\" a=21b6 b=107",
                     "making device \"/dev/random\" a=21b6 b=108",
                     "making device \"/dev/urandom\" a=21b6 b=109",
                     "making device \"/dev/tty\" a=21b6 b=500",
                     "linking \"/dev/fd\" /proc/self/fd /proc/self/fd",
                     "linking \"/dev/stdin\" /proc/self/fd/0 /proc/self/fd",
                     "linking \"/dev/stdout\" /proc/self/fd/1 /proc/self/fd",
                     "linking \"/dev/stderr\" /proc/self/fd/2 /proc/self/fd",
                     "linking \"/dev/ptmx\" replace pts/ptmx",
                     "entering the root filesystem",
                     "changing to working directory \"/\"",
                     "dropping bounding capabilities",
                     "keeping capabilities a=8 b=1",
                     "setting additional groups",
                     "becoming user 0:0 c=ffffffffffffffff",
                     "keeping capabilities no longer a=8",
                     "setting capabilities",
                     "setting ambient capabilities a=2f b=4",
                     "executing \"/bin/sh\" [/bin/sh] [/bin/sh]",
                     "telling the runtime: created",
                     "waiting for the runtime: released",
                     "waiting for start",
                     "closing file descriptors a=3",
                     "executing \"/bin/sh\" [/bin/sh] [/bin/sh] [PATH=/bin HOME=/root]"}));
}

TEST(Plan, DockerLikeConfig)
{
    const Plan plan = planned(docker_like(), test::hybrid_host());
    Lines lines = test::print(plan);
    const auto own = [&plan, &lines](Op op) { return lines[test::all(plan, op)[0]]; };
    EXPECT_EQ(own(Op::kUnshare), "making namespaces (mount, uts, ipc, network) a=4c020000");
    EXPECT_EQ(own(Op::kOpenTree).substr(0, 44), "mounting \"/etc/hosts\" recursive may-be-late ");
    const std::size_t ready = test::all(plan, Op::kTell)[0];
    EXPECT_EQ(Lines(lines.begin() + static_cast<std::ptrdiff_t>(ready) - 1,
                    lines.begin() + static_cast<std::ptrdiff_t>(ready) + 9),
              (Lines{"setting hostname \"0123456789ab\" b=c", "telling the runtime: root-ready",
                     "waiting for the runtime: hooks-done", "masking \"/proc/kcore\"",
                     "masking \"/sys/firmware\"", "making read-only \"/proc/sys\"",
                     "entering the root filesystem", "changing to working directory \"/\"",
                     "setting limit \"RLIMIT_NOFILE\" raise-only a=7 b=400 c=1000",
                     "dropping bounding capabilities a=1"}));
    EXPECT_EQ(plan.turns(),
              (std::vector{Msg::kCgroup, Msg::kRootReady, Msg::kHooksDone, Msg::kCreated, Msg::kReleased}));
    EXPECT_TRUE(plan.warnings.empty());
}

// ---- what holds for every plan ------------------------------------------------------------------

struct Before {
    Op first, second;
};

/// Every `first` comes before every `second`.
constexpr Before kOrder[] = {
    {Op::kUnshare, Op::kIds},        {Op::kSetns, Op::kPropagation}, {Op::kPropagation, Op::kOpenTree},
    {Op::kOpenTree, Op::kRoot},      {Op::kRoot, Op::kTree},         {Op::kRoot, Op::kFsMount},
    {Op::kTree, Op::kDevice},        {Op::kAttach, Op::kMask},       {Op::kDevice, Op::kPivot},
    {Op::kSymlink, Op::kPivot},      {Op::kWrite, Op::kPivot},       {Op::kMask, Op::kPivot},
    {Op::kReadonly, Op::kPivot},     {Op::kRootAttr, Op::kPivot},    {Op::kConsole, Op::kPivot},
    {Op::kPivot, Op::kBoundingDrop}, {Op::kBoundingDrop, Op::kIds},  {Op::kHome, Op::kIds},
    {Op::kIds, Op::kPark},           {Op::kPark, Op::kCloseFds},     {Op::kCloseFds, Op::kSeccomp},
    {Op::kSeccomp, Op::kExec},       {Op::kJoinCgroups, Op::kIds},   {Op::kKeyring, Op::kIds},
};

std::vector<oci::Config> corpus()
{
    oci::Config hooks = docker_like();
    hooks.hooks.create_container = {{.path = "/h"}};
    hooks.hooks.start_container = {{.path = "/h"}};
    hooks.root->readonly = true;
    hooks.linux_.rootfs_propagation = oci::Propagation::kRshared;
    oci::Config terminal = docker_like();
    terminal.process->terminal = true;
    terminal.process->env.clear();
    terminal.process->user.uid = 5;
    terminal.linux_.sysctl = {{"net.ipv4.ip_forward", "1"}};
    oci::Config user = docker_like();
    user.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    user.linux_.uid_mappings = user.linux_.gid_mappings = {{0, 1000, 10}};
    oci::Config joined = docker_like();
    for (oci::Namespace &space : joined.linux_.namespaces) {
        space.path = "/ns/x";
    }
    oci::Config bare = docker_like();
    bare.process.reset();
    return {minimal(), docker_like(), hooks, terminal, user, joined, bare};
}

// spec: MountsInOrder
TEST(Plan, StepsAreInTheOnlyOrderThatWorks)
{
    for (const oci::Config &config : corpus()) {
        const Plan plan = planned(config, test::hybrid_host());
        for (const Before &rule : kOrder) {
            const std::vector<std::size_t> first = test::all(plan, rule.first),
                                           second = test::all(plan, rule.second);
            if (!first.empty() && !second.empty()) {
                EXPECT_LT(first.back(), second.front())
                    << describe(plan.steps[first.back()]) << " comes after "
                    << describe(plan.steps[second.front()]);
            }
        }
    }
}

TEST(Plan, NothingNamesTheHostOnceItIsLeft)
{
    constexpr Op kOfTheHost[] = {Op::kRoot,   Op::kOpenTree, Op::kTree,    Op::kFsMount,
                                 Op::kAttach, Op::kDevice,   Op::kSymlink, Op::kMask,
                                 Op::kWrite,  Op::kTarget,   Op::kMkdir,   Op::kReadonly};
    for (const oci::Config &config : corpus()) {
        const Plan plan = planned(config, test::hybrid_host());
        for (const Op op : kOfTheHost) {
            const std::vector<std::size_t> steps = test::all(plan, op);
            EXPECT_TRUE(steps.empty() || steps.back() < test::all(plan, Op::kPivot)[0]);
        }
    }
}

TEST(Plan, IndicesPointAtWhatTheParentFillsIn)
{
    for (const oci::Config &config : corpus()) {
        const Plan plan = planned(config, test::hybrid_host());
        const auto is = [&plan](std::size_t step, Op op) { EXPECT_EQ(plan.steps.at(step).op, op); };
        is(plan.park_step.value(), Op::kPark);
        EXPECT_EQ(plan.terminal, plan.console_step.has_value());
        if (plan.console_step) {
            is(*plan.console_step, Op::kConsole);
        }
        for (const Join &join : plan.joins) {
            is(join.step, Op::kSetns);
        }
        for (const std::size_t hook : plan.hook_steps) {
            is(hook, Op::kHook);
        }
        EXPECT_EQ(plan.hook_steps.size(),
                  config.hooks.create_container.size() + config.hooks.start_container.size());
    }
}

// ---- parts of it --------------------------------------------------------------------------------

// spec: ProcRequiredAtStart
TEST(Plan, WithoutAProcessInitWaitsForEver)
{
    oci::Config config = minimal();
    config.process.reset();
    EXPECT_EQ(planned(config).steps.back().op, Op::kPark);
    config = minimal();
    config.process->args.clear();
    EXPECT_EQ(planned(config).steps.back().op, Op::kPark);
    Request run = test::kRequest;
    run.parks = false;
    EXPECT_EQ(test::refused(config, test::bare_host(), run),
              "/process: there is nothing to run (process.args is absent)");
}

TEST(Plan, RunDoesNotPark)
{
    Request run = test::kRequest;
    run.parks = false;
    const Plan plan = planned(minimal(), test::bare_host(), run);
    EXPECT_FALSE(plan.park_step);
    EXPECT_TRUE(test::all(plan, Op::kPark).empty());
}

// spec: ProcConsoleSize
TEST(Plan, TerminalHasItsSizeAndOwner)
{
    oci::Config config = minimal();
    config.process->terminal = true;
    config.process->console_size = oci::ConsoleSize{.height = 24, .width = 80};
    config.process->user.uid = 5;
    EXPECT_EQ(test::print(test::only(planned(config), Op::kConsole)), "setting up the console a=18 b=50 c=5");
}

struct PropagationCase {
    std::optional<oci::Propagation> propagation;
    const char *host;
    Lines root;
};

// spec: LinuxRootfsPropagation
TEST(Plan, RootfsPropagation)
{
    using oci::Propagation;
    const char *slave = "changing the propagation of the host's mounts recursive a=80000";
    const char *closed = "changing the propagation of the host's mounts recursive a=40000";
    const std::string root = "setting the attributes of the root filesystem";
    const PropagationCase cases[] = {
        {std::nullopt, slave, {}},
        {Propagation::kSlave, slave, {}},
        {Propagation::kRslave, slave, {}},
        {Propagation::kPrivate, closed, {}},
        {Propagation::kRprivate, closed, {}},
        {Propagation::kShared, slave, {root + " c=100000"}},
        {Propagation::kRshared, slave, {root + " recursive c=100000"}},
        {Propagation::kUnbindable, closed, {root + " c=20000"}},
        {Propagation::kRunbindable, closed, {root + " recursive c=20000"}},
    };
    for (const PropagationCase &c : cases) {
        oci::Config config = minimal();
        config.linux_.rootfs_propagation = c.propagation;
        const Plan plan = planned(config);
        EXPECT_EQ(test::print(test::only(plan, Op::kPropagation)), c.host);
        EXPECT_EQ(test::between(plan, Op::kRootAttr, Op::kRootAttr), c.root);
    }
}

// spec: RootReadonlyImplement
TEST(Plan, ReadonlyRootIsLast)
{
    oci::Config config = minimal();
    config.root->readonly = true;
    const Plan plan = planned(config);
    EXPECT_EQ(test::only(plan, Op::kRootAttr).a, 1U);
    EXPECT_EQ(test::all(plan, Op::kRootAttr)[0] + 1, test::all(plan, Op::kPivot)[0]);
}

TEST(Plan, NoPivot)
{
    Request request = test::kRequest;
    request.no_pivot = true;
    EXPECT_EQ(test::only(planned(minimal(), test::bare_host(), request), Op::kPivot).flags, init::kNoPivot);
}

TEST(Plan, WithoutAMountNamespaceTheRootIsOnlyEntered)
{
    oci::Config config = minimal();
    config.linux_.namespaces.clear();
    const Plan plan = planned(config);
    EXPECT_EQ(test::all(plan, Op::kNoMountRoot).size(), 1U);
    EXPECT_EQ(test::all(plan, Op::kChroot).size(), 1U);
    for (const Op op : {Op::kPivot, Op::kRoot, Op::kPropagation, Op::kUnshare}) {
        EXPECT_TRUE(test::all(plan, op).empty());
    }
}

// spec: MountNamespaceNeeded
TEST(Plan, WithoutAMountNamespaceMountsAreRefused)
{
    const auto refused = [](void (*change)(oci::Config &)) {
        oci::Config config = minimal();
        config.linux_.namespaces.clear();
        change(config);
        const std::string text = test::refused(config);
        return text.substr(0, text.find(':'));
    };
    EXPECT_EQ(refused([](oci::Config &c) { c.mounts.emplace_back(); }), "/mounts");
    EXPECT_EQ(refused([](oci::Config &c) { c.root->readonly = true; }), "/root/readonly");
    EXPECT_EQ(refused([](oci::Config &c) { c.linux_.masked_paths = {"/x"}; }), "/linux/maskedPaths");
    EXPECT_EQ(refused([](oci::Config &c) { c.linux_.readonly_paths = {"/x"}; }), "/linux/readonlyPaths");
    EXPECT_EQ(refused([](oci::Config &c) { c.linux_.rootfs_propagation.emplace(); }),
              "/linux/rootfsPropagation");
    EXPECT_EQ(refused([](oci::Config &c) { c.process->terminal = true; }), "/process/terminal");
}

TEST(Plan, HooksHaveTheirStateEnvironmentAndTime)
{
    oci::Config config = minimal();
    config.annotations = {{"pid", "7"}};
    config.hooks.create_container = {{.path = "/c", .args = {"c", "x"}, .timeout = 2}};
    config.hooks.start_container = {{.path = "/s"}, {.path = "/e", .env = std::vector<std::string>{}}};
    Request request = test::kRequest;
    request.environment = {"OURS=1"};
    const Plan plan = planned(config, test::bare_host(), request);
    ASSERT_EQ(plan.hook_steps.size(), 3U);
    const Step &create = plan.steps[plan.hook_steps[0]], &start = plan.steps[plan.hook_steps[1]];
    EXPECT_EQ(test::print(create), "running hook createContainer[0] \"/c\" a=7d0 [c x] [OURS=1]");
    EXPECT_EQ(start.more().w2, Lines{"/s"});
    EXPECT_EQ(start.w3, test::only(plan, Op::kExec).w3);
    EXPECT_EQ(start.a, 0U);
    EXPECT_TRUE(plan.steps[plan.hook_steps[2]].w3.empty());
    EXPECT_NE((create.more().bytes + create.more().bytes2).find("\"status\":\"creating\""),
              std::string::npos);
    EXPECT_NE((start.more().bytes + start.more().bytes2).find("\"status\":\"created\""), std::string::npos);
    EXPECT_TRUE(create.more().bytes.ends_with("\"pid\":")) << create.more().bytes;
    EXPECT_TRUE(create.more().bytes2.starts_with(",")) << create.more().bytes2;
}

// spec: LinuxProcOomScoreAdjSet, LinuxProcOomScoreAdjNotSet
TEST(Plan, OomScoreIsTouchedOnlyWhenSet)
{
    oci::Config config = minimal();
    EXPECT_FALSE(planned(config).oom_score_adj);
    config.process->oom_score_adj = -5;
    EXPECT_EQ(planned(config).oom_score_adj, -5);
}

TEST(Plan, RootIsNeeded)
{
    oci::Config config = minimal();
    config.root.reset();
    EXPECT_EQ(test::refused(config), "/root: a container needs a root filesystem");
}

TEST(Plan, SameConfigSamePlan)
{
    for (const oci::Config &config : corpus()) {
        EXPECT_EQ(planned(config, test::hybrid_host()).steps, planned(config, test::hybrid_host()).steps);
    }
}

}  // namespace
}  // namespace rt::plan
