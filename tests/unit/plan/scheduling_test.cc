// SPDX-License-Identifier: Apache-2.0
//
// Scheduler, I/O priority, memory policy, affinity and labels: one call or one line of /proc each.
#include <linux/mount.h>

#include <cstring>

#include "plan/exec.h"
#include "plan/scheduling.h"
#include "plan_fixture.h"

namespace rt::plan {
namespace {

using init::Op;
using test::minimal;
using test::planned;
using Lines = std::vector<std::string>;

/// struct sched_attr of sched_setattr(2), whose header and the C library's exclude each other.
struct Attr {
    std::uint32_t size, sched_policy;
    std::uint64_t sched_flags;
    std::int32_t sched_nice;
    std::uint32_t sched_priority;
    std::uint64_t sched_runtime, sched_deadline, sched_period;
    std::uint32_t sched_util_min, sched_util_max;
};

Attr attr_of(const Plan &plan)
{
    Attr attr = {};
    const std::string &bytes = test::only_call(plan, __NR_sched_setattr).s2;
    EXPECT_EQ(bytes.size(), sizeof attr);
    std::memcpy(&attr, bytes.data(), std::min(bytes.size(), sizeof attr));
    return attr;
}

// spec: LinuxProcScheduler, LinuxProcSchedulerAbsent
TEST(Scheduling, SchedulerIsWhatTheKernelTakes)
{
    oci::Config config = minimal();
    config.process->scheduler =
        oci::Scheduler{.policy = oci::SchedPolicy::kDeadline,
                       .flags = {oci::SchedFlag::kReclaim, oci::SchedFlag::kResetOnFork},
                       .runtime = 5,
                       .deadline = 6,
                       .period = 7};
    const Attr attr = attr_of(planned(config));
    EXPECT_EQ(attr.sched_policy, 6U);
    EXPECT_EQ(attr.sched_flags, 3U);
    EXPECT_EQ(attr.sched_runtime, 5U);
    EXPECT_EQ(attr.sched_deadline, 6U);
    EXPECT_EQ(attr.sched_period, 7U);
    EXPECT_EQ(attr.sched_nice, 0);
    EXPECT_EQ(attr.sched_priority, 0U);
    EXPECT_EQ(attr.sched_util_max, 0U);
    EXPECT_TRUE(test::calls(planned(minimal()), __NR_sched_setattr).empty());
}

// spec: LinuxProcSchedulerFlags
TEST(Scheduling, AClampWithoutAValueIsTheMachines)
{
    oci::Config config = minimal();
    config.process->scheduler = oci::Scheduler{.flags = {oci::SchedFlag::kUtilClampMax}};
    EXPECT_EQ(attr_of(planned(config)).sched_util_max, ~0U);
    EXPECT_EQ(attr_of(planned(config)).sched_util_min, 0U);
}

// spec: LinuxProcIOPriority, LinuxMemoryPolicy
TEST(Scheduling, ComesInTheCgroupsAndBeforeTheIds)
{
    oci::Config config = minimal();
    config.process->scheduler.emplace();
    config.process->io_priority = oci::IoPriority{oci::IoClass::kBe, 3};
    config.linux_.memory_policy = oci::MemoryPolicy{
        oci::MemoryPolicyMode::kBind, *oci::NumberList::parse("1,64"), {oci::MemoryPolicyFlag::kStaticNodes}};
    const Plan plan = planned(config, test::hybrid_host());
    EXPECT_EQ(test::of(plan, "/process/ioPriority"),
              Lines{"setting I/O priority IOPRIO_CLASS_BE 3 a=2 c=4003"});
    EXPECT_EQ(test::of(plan, "/linux/memoryPolicy"), Lines{"setting memory policy MPOL_BIND a=8002 c=81"});
    for (const long call : {__NR_sched_setattr, __NR_ioprio_set, __NR_set_mempolicy}) {
        const std::size_t at = test::calls(plan, call).at(0);
        EXPECT_GT(at, test::all(plan, Op::kJoinCgroups)[0]);
        EXPECT_LT(at, test::all(plan, Op::kIds)[0]);
    }
}

// spec: LinuxProcExecCPUAffinityInit, LinuxProcExecCPUAffinityList
TEST(Scheduling, AffinityIsForExecAlone)
{
    oci::Config config = minimal();
    config.process->exec_cpu_affinity = oci::ExecCpuAffinity{{}, *oci::NumberList::parse("1")};
    EXPECT_TRUE(test::calls(planned(config), __NR_sched_setaffinity).empty());
    EXPECT_EQ(affinity(*config.process).initial, "");
    const auto plan =
        make_exec(config, *config.process, {.id = "web", .init = 7, .cgroups = 2}, test::bare_host());
    ASSERT_TRUE(plan) << plan.error().text();
    const std::size_t at = test::calls(*plan, __NR_sched_setaffinity).at(0);
    EXPECT_GT(at, test::all(*plan, Op::kJoinCgroups).back());
    EXPECT_EQ(plan->steps[at].more().s3, std::string("\2\0\0\0\0\0\0\0", 8));
}

Host labelled_host()
{
    Host host = test::bare_host();
    host.lsm = {.apparmor = true, .own_directory = true, .selinux = true};
    return host;
}

// spec: LinuxProcApparmorOff, LinuxProcSelinuxOff, LinuxMountLabelOff
TEST(Labels, NeedTheirModule)
{
    oci::Config config = minimal();
    config.process->apparmor_profile = "unconfined";
    EXPECT_TRUE(test::of(planned(config), "/process/apparmorProfile").empty());
    config.process->apparmor_profile = "box";
    EXPECT_EQ(test::refused(config).substr(0, 42), "/process/apparmorProfile: asks for AppArmo");
    config.process->apparmor_profile = "";
    config.process->selinux_label = "a:b:c";
    EXPECT_EQ(test::refused(config).substr(0, 39), "/process/selinuxLabel: asks for SELinux");
    config.process->selinux_label = "";
    config.linux_.mount_label = "a:b:c";
    EXPECT_EQ(test::refused(config).substr(0, 36), "/linux/mountLabel: asks for SELinux,");
}

// spec: LinuxProcApparmorProfile
TEST(Labels, AreWrittenBehindTheLastHook)
{
    oci::Config config = minimal();
    config.process->apparmor_profile = "box";
    Plan plan = planned(config, labelled_host());
    const Step &at_once = test::only(plan, Op::kWrite);
    EXPECT_EQ(at_once.s1, "self/attr/apparmor/exec");
    EXPECT_EQ(at_once.s2, "exec box");
    EXPECT_EQ(at_once.b, 0U);
    config.hooks.start_container = {{.path = "/h"}};
    plan = planned(config, labelled_host());
    const std::vector<std::size_t> writes = test::all(plan, Op::kWrite);
    ASSERT_EQ(writes.size(), 2U);
    EXPECT_LT(writes[0], test::all(plan, Op::kPivot)[0]) << "the host's /proc";
    EXPECT_EQ(plan.steps[writes[0]].b, writes[1]);
    EXPECT_GT(writes[1], test::all(plan, Op::kHook).back());
    EXPECT_LT(writes[1], test::all(plan, Op::kCloseFds)[0]);
    Host old = labelled_host();
    old.lsm.own_directory = false;
    EXPECT_EQ(plan.steps[writes[1]].s2, "exec box");
    config.hooks.start_container.clear();
    EXPECT_EQ(test::only(planned(config, old), Op::kWrite).s1, "self/attr/exec");
}

// spec: LinuxProcSelinuxLabel
TEST(Labels, TheKeyringIsMadeWithTheProgramsLabel)
{
    oci::Config config = minimal();
    config.process->selinux_label = "a:b:c";
    const Plan plan = planned(config, labelled_host());
    const std::vector<std::size_t> writes = test::all(plan, Op::kWrite);
    ASSERT_EQ(writes.size(), 2U);
    EXPECT_EQ(plan.steps[writes[0]].s1, "self/attr/keycreate");
    EXPECT_EQ(writes[0] + 1, test::all(plan, Op::kKeyring)[0]);
    EXPECT_EQ(plan.steps[writes[1]].s1, "self/attr/exec");
}

// spec: LinuxMountLabel
TEST(Labels, OfMountsAreAContextWhereOneIsTaken)
{
    oci::Config config = minimal();
    config.linux_.mount_label = "a:b:c:s0:c1,c2";
    config.mounts = {{"/t", "t", "tmpfs", {}, {}, {}},
                     {"/q", "q", "tmpfs", {"mpol=\"x\""}, {}, {}},
                     {"/o", "o", "tmpfs", {"context=x"}, {}, {}},
                     {"/proc", "p", "proc", {}, {}, {}},
                     {"/dev/pts", "p", "devpts", {}, {}, {}},
                     {"/x", "p", "xfs", {}, {}, {}}};
    const auto context = [](const Step &step) {
        for (const std::string &option : step.w3) {
            if (option.starts_with("context=")) {
                return option;
            }
        }
        return step.more().s3;
    };
    const auto contexts = [&](const Plan &plan) {
        Lines found;
        for (const Step &step : plan.steps) {
            if (step.op == Op::kFsMount || step.op == Op::kLegacyMount) {
                found.push_back(context(step));
            }
        }
        return found;
    };
    const std::string label = "context=a:b:c:s0:c1,c2", quoted = "mpol=\"x\",context=\"a:b:c:s0:c1,c2\"";
    EXPECT_EQ(contexts(planned(config, labelled_host())),
              (Lines{label, quoted, "context=x", "", label, label}));
    config.linux_.namespaces.push_back({oci::NamespaceType::kUser, ""});
    config.linux_.uid_mappings = config.linux_.gid_mappings = {{0, 1, 1}};
    EXPECT_EQ(contexts(planned(config, labelled_host())), (Lines{label, quoted, "context=x", "", label, ""}));
}

// spec: LinuxMountLabel
TEST(Labels, OfQueuesAreSetOnTheirRoot)
{
    oci::Config config = minimal();
    config.linux_.mount_label = "a:b:c:s0";
    config.mounts = {{"/q", "q", "mqueue", {"ro"}, {}, {}}, {"/p", "q", "mqueue", {"context=x"}, {}, {}}};
    const Plan plan = planned(config, labelled_host());
    const std::vector<std::size_t> labels = test::all(plan, Op::kLabel);
    ASSERT_EQ(labels.size(), 1U);
    EXPECT_EQ(plan.steps[labels[0]].s1, "a:b:c:s0");
    EXPECT_EQ(plan.steps[labels[0] + 1].op, Op::kAttach);
    EXPECT_EQ(plan.steps[test::all(plan, Op::kFsMount)[0]].a & MOUNT_ATTR_RDONLY, 0U);
    config.linux_.mount_label.clear();
    EXPECT_EQ(test::all(planned(config, labelled_host()), Op::kLabel).size(), 0U);
}

}  // namespace
}  // namespace rt::plan
