// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include "plan/exec.h"
#include "plan/process.h"
#include "plan_fixture.h"

namespace rt::plan {
namespace {

using init::Op;
using test::minimal;
using test::planned;
using Lines = std::vector<std::string>;

constexpr std::uint64_t kChown = 1, kKill = 1 << 5, kSysAdmin = 1 << 21, kAll = (1ULL << 41) - 1;

// ---- environment and candidates -----------------------------------------------------------------

TEST(Process, HomeIsLookedUpWhenAbsent)
{
    oci::Process process;
    process.env = {"A=1"};
    EXPECT_EQ(environment(process, 0), (Lines{"A=1", std::string(kHomeSlot)}));
    process.env = {"HOME=/x", "A=1"};
    EXPECT_EQ(environment(process, 0), process.env);
    process.env = {"HOMEPAGE=/x"};
    EXPECT_EQ(environment(process, 0).size(), 2U);
}

TEST(Process, ListenFdsAreAnnounced)
{
    oci::Process process;
    process.env = {"HOME=/"};
    EXPECT_EQ(environment(process, 2), (Lines{"HOME=/", "LISTEN_FDS=2", "LISTEN_PID=1"}));
}

struct PathCase {
    const char *program;
    Lines env, candidates;
};

// spec: ProcArgsExecvp
TEST(Process, CandidatesFollowThePathOfTheContainer)
{
    const PathCase cases[] = {
        {"/bin/sh", {"PATH=/a"}, {"/bin/sh"}},
        {"bin/sh", {"PATH=/a"}, {"bin/sh"}},
        {"sh", {"PATH=/a:/b"}, {"/a/sh", "/b/sh"}},
        {"sh", {"PATH=/a", "PATH=/z"}, {"/z/sh"}},
        {"sh", {"PATH=/a::/b:"}, {"/a/sh", "./sh", "/b/sh", "./sh"}},
        {"sh", {"PATH="}, {"./sh"}},
        {"sh",
         {"XPATH=/a"},
         {"/usr/local/sbin/sh", "/usr/local/bin/sh", "/usr/sbin/sh", "/usr/bin/sh", "/sbin/sh", "/bin/sh"}},
    };
    for (const PathCase &c : cases) {
        EXPECT_EQ(candidates(c.program, c.env), c.candidates) << c.program;
    }
}

TEST(Process, HomeIsLookedUpBeforeIdsChange)
{
    oci::Config config = minimal();
    config.process->env = {"PATH=/bin"};
    config.process->user.uid = 7;
    const Plan plan = planned(config);
    EXPECT_EQ(test::only(plan, Op::kHome).a, 7U);
    EXPECT_LT(test::all(plan, Op::kHome)[0], test::all(plan, Op::kIds)[0]);
    EXPECT_EQ(test::only(plan, Op::kExec).w3.back(), kHomeSlot);
}

// ---- capabilities -------------------------------------------------------------------------------

struct CapabilityCase {
    const char *what;
    std::optional<oci::Capabilities> capabilities;
    std::uint64_t grantable;
    CapabilitySets sets;
    Lines warnings;
};

// spec: LinuxProcCapabilitiesWarn, LinuxProcCapabilities
TEST(Process, CapabilitiesAreExactlyTheConfigured)
{
    const Lines one = {"CAP_CHOWN"}, two = {"CAP_CHOWN", "CAP_KILL"};
    const CapabilityCase cases[] = {
        {"absent", {}, kAll, {}, {}},
        {"empty", oci::Capabilities{}, kAll, {}, {}},
        {"each its own",
         oci::Capabilities{two, one, one, two, one},
         kAll,
         {kChown | kKill, kChown, kChown, kChown | kKill, kChown},
         {}},
        {"unknown",
         oci::Capabilities{.bounding = {"CAP_X", "CAP_KILL"}, .permitted = {"CAP_X"}},
         kAll,
         {.bounding = kKill},
         {"/process/capabilities: not granted, since unknown: CAP_X"}},
        {"not ours",
         oci::Capabilities{.bounding = two},
         kKill,
         {.bounding = kKill},
         {"/process/capabilities: not granted, since the runtime has them not itself: CAP_CHOWN"}},
        {"effective beyond permitted",
         oci::Capabilities{.effective = two, .permitted = one},
         kAll,
         {.effective = kChown, .permitted = kChown},
         {"/process/capabilities/effective: not granted, since not permitted: CAP_KILL"}},
        {"ambient beyond inheritable",
         oci::Capabilities{.permitted = two, .ambient = two},
         kAll,
         {.permitted = kChown | kKill},
         {"/process/capabilities/ambient: not granted, since not inheritable: CAP_CHOWN, CAP_KILL"}},
        {"ambient beyond permitted",
         oci::Capabilities{.inheritable = one, .ambient = one},
         kAll,
         {.inheritable = kChown},
         {"/process/capabilities/ambient: not granted, since not permitted: CAP_CHOWN"}},
    };
    for (const CapabilityCase &c : cases) {
        Lines warnings;
        EXPECT_EQ(capability_sets(c.capabilities, c.grantable, warnings), c.sets) << c.what;
        EXPECT_EQ(warnings, c.warnings) << c.what;
    }
}

TEST(Process, PrivilegesShrinkInTheOnlyOrderThatWorks)
{
    oci::Config config = minimal();
    config.process->user = {.uid = 1000, .gid = 100, .umask = 027, .additional_gids = {5, 6}};
    config.process->capabilities = oci::Capabilities{.bounding = {"CAP_KILL"}};
    config.process->no_new_privileges = true;
    const Plan plan = planned(config);
    EXPECT_EQ(test::between(plan, Op::kChdir, __NR_prctl),
              (Lines{"changing to working directory \"/\" may-fail", "dropping bounding capabilities a=20",
                     "keeping capabilities a=8 b=1", "setting additional groups a=2",
                     "becoming user 1000:100 a=3e8 b=64 c=17", "keeping capabilities no longer a=8",
                     "changing to working directory \"/\"", "setting capabilities",
                     "setting ambient capabilities a=2f b=4", "giving up new privileges a=26 b=1"}));
    EXPECT_EQ(test::only_call(plan, __NR_setgroups).s2, std::string("\5\0\0\0\6\0\0\0", 8));
}

// spec: ProcUserUmaskAbsent
TEST(Process, AbsentUmaskIsTheCallers)
{
    EXPECT_EQ(test::only(planned(minimal()), Op::kIds).c, init::kNoUmask);
}

TEST(Process, NoAdditionalGroupsAreNone)
{
    const Plan plan = planned(minimal());
    EXPECT_EQ(test::only_call(plan, __NR_setgroups).a, 0U);
    EXPECT_EQ(test::only_call(plan, __NR_setgroups).flags, 0);
}

TEST(Process, InheritableBeyondBoundingIsSetWhileItCan)
{
    oci::Config config = minimal();
    config.process->capabilities = oci::Capabilities{.bounding = {"CAP_CHOWN"}, .inheritable = {"CAP_KILL"}};
    const Plan plan = planned(config);
    const std::vector<std::size_t> sets = test::all(plan, Op::kCapset);
    ASSERT_EQ(sets.size(), 2U);
    EXPECT_LT(sets[0], test::all(plan, Op::kBoundingDrop)[0]);
    EXPECT_EQ(plan.steps[sets[0]].a, kAll);
    EXPECT_EQ(plan.steps[sets[0]].c, kKill);
}

TEST(Process, AUserNamespaceGrantsWhatTheRuntimeLacks)
{
    oci::Config config = minimal();
    config.process->capabilities = oci::Capabilities{.permitted = {"CAP_KILL"}};
    Host host = test::bare_host();
    host.capabilities = kSysAdmin;
    EXPECT_EQ(planned(config, host).warnings.size(), 1U);
    config.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    config.linux_.uid_mappings = config.linux_.gid_mappings = {{0, 1, 1}};
    EXPECT_EQ(test::only(planned(config, host), Op::kCapset).b, kKill);
    host.last_capability = 4;
    EXPECT_EQ(planned(config, host).warnings.size(), 1U) << "not of this kernel";
}

// ---- seccomp ------------------------------------------------------------------------------------

oci::Config with_seccomp(bool no_new_privileges)
{
    oci::Config config = minimal();
    config.process->no_new_privileges = no_new_privileges;
    config.linux_.seccomp.emplace();
    config.linux_.seccomp->default_action = oci::SeccompAction::kAllow;
    config.linux_.seccomp->syscalls = {{.names = {"getcwd"}, .action = oci::SeccompAction::kErrno}};
    return config;
}

// spec: SeccompUnknownName
TEST(Seccomp, UnknownNamesAreOneWarning)
{
    oci::Config config = with_seccomp(true);
    EXPECT_EQ(planned(config).warnings, Lines{});
    config.linux_.seccomp->syscalls.push_back(
        {.names = {"tea", "read", "brew"}, .action = oci::SeccompAction::kErrno});
    config.linux_.seccomp->syscalls.push_back({.names = {"tea"}, .action = oci::SeccompAction::kErrno});
    EXPECT_EQ(planned(config).warnings, Lines{"/linux/seccomp/syscalls: left out as unknown: brew, tea"});
}

TEST(Process, SeccompIsTheLastStepBeforeTheProgram)
{
    for (const bool no_new_privileges : {false, true}) {
        const Plan plan = planned(with_seccomp(no_new_privileges));
        ASSERT_EQ(plan.steps.back().op, Op::kExec);
        EXPECT_EQ(plan.steps[plan.steps.size() - 2].op, Op::kSeccomp);
        EXPECT_EQ(plan.steps[plan.steps.size() - 3].op, Op::kCloseFds);
        EXPECT_FALSE(test::only(plan, Op::kSeccomp).more().bytes.empty());
    }
}

TEST(Process, SeccompWithoutNoNewPrivsKeepsSysAdminUntilExec)
{
    EXPECT_EQ(test::only(planned(with_seccomp(false)), Op::kCapset).a, kSysAdmin);
    EXPECT_EQ(test::only(planned(with_seccomp(false)), Op::kCapset).b, kSysAdmin);
    EXPECT_EQ(test::only(planned(with_seccomp(false)), Op::kBoundingDrop).a, 0U) << "exec takes it away";
    EXPECT_EQ(test::only(planned(with_seccomp(true)), Op::kCapset).b, 0U);
    EXPECT_EQ(test::only(planned(minimal()), Op::kCapset).b, 0U);
}

// ---- limits, descriptors ------------------------------------------------------------------------

// spec: PosixProcRlimitsSoftMatchCur
TEST(Process, LimitsAreRaisedWhilePrivilegedAndSetAtTheEnd)
{
    oci::Config config = minimal();
    config.process->rlimits = {{"RLIMIT_NOFILE", 3, 4}};
    const Plan plan = planned(config);
    const std::vector<std::size_t> limits = test::all(plan, Op::kRlimit);
    ASSERT_EQ(limits.size(), 2U);
    EXPECT_EQ(test::print(plan.steps[limits[0]]), "setting limit \"RLIMIT_NOFILE\" raise-only a=7 b=3 c=4");
    EXPECT_EQ(test::print(plan.steps[limits[1]]), "setting limit \"RLIMIT_NOFILE\" a=7 b=3 c=4");
    EXPECT_LT(limits[0], test::all(plan, Op::kIds)[0]);
    EXPECT_GT(limits[1], test::all(plan, Op::kPark)[0]);
    EXPECT_TRUE(plan.limits.empty());
}

TEST(Process, InUserNamespacesTheParentRaisesLimits)
{
    oci::Config config = minimal();
    config.process->rlimits = {{"RLIMIT_NOFILE", 3, 4}};
    config.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    config.linux_.uid_mappings = config.linux_.gid_mappings = {{0, 1, 1}};
    const Plan plan = planned(config);
    ASSERT_EQ(plan.limits.size(), 1U);
    EXPECT_EQ(plan.limits[0].resource, RLIMIT_NOFILE);
    EXPECT_EQ(plan.limits[0].hard, 4U);
    EXPECT_EQ(test::only(plan, Op::kRlimit).flags, 0);
}

// spec: PosixProcRlimitsTypeGenError
TEST(Process, UnknownLimitIsRefused)
{
    oci::Config config = minimal();
    config.process->rlimits = {{"RLIMIT_X", 1, 1}};
    EXPECT_EQ(test::refused(config), "/process/rlimits/0/type: not a resource limit: \"RLIMIT_X\"");
}

TEST(Process, PassedOnDescriptorsStayOpen)
{
    Request request = test::kRequest;
    request.preserve_fds = 2;
    request.listen_fds = 3;
    EXPECT_EQ(test::only(planned(minimal(), test::bare_host(), request), Op::kCloseFds).a, 8U);
    EXPECT_EQ(test::only(planned(minimal()), Op::kCloseFds).a, 3U);
}

TEST(Process, RootEntersItsDirectoryOnce)
{
    const Plan plan = planned(minimal());
    EXPECT_EQ(test::only(plan, Op::kChdir).flags, 0);
}

// spec: ExecUnseen
TEST(Process, ExecHasItsFilterBeforeItIsSeenIfTheFilterLetsIt)
{
    const auto installed_before_fork = [](const char *refused) {
        oci::Config config = with_seccomp(false);
        config.linux_.namespaces = {{.type = oci::NamespaceType::kPid}};
        config.linux_.seccomp->syscalls.push_back({.names = {refused}, .action = oci::SeccompAction::kErrno});
        const auto plan = make_exec(config, *config.process, {.id = "web", .init = 7}, test::bare_host());
        const std::size_t fork = test::all(*plan, Op::kFork).at(0);
        return test::all(*plan, Op::kSeccomp).at(0) < fork;
    };
    EXPECT_TRUE(installed_before_fork("acct"));
    for (const char *needed : {"clone", "setsid", "capset", "recvmsg", "execve"}) {
        EXPECT_FALSE(installed_before_fork(needed)) << needed;
    }
}

}  // namespace
}  // namespace rt::plan
