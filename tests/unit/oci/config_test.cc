// SPDX-License-Identifier: Apache-2.0
#include "bad_config.h"
#include "base/str.h"
#include "oci/validate.h"

namespace rt::oci {
namespace {

using OddConfigs = BadConfigs;

TEST_P(OddConfigs, AreWarnedAboutAndAccepted)
{
    expect_one_error(GetParam(), Severity::kWarning);
    EXPECT_TRUE(load_config(GetParam().text, "x"));
}

// spec: LinuxProcCapabilitiesWarn, LinuxProcCapabilitiesNoFail, DevicesErrorOnDup, LinuxResourcesMemoryKernel
INSTANTIATE_TEST_SUITE_P(
    Spec, OddConfigs,
    testing::ValuesIn(std::vector<BadConfig>{
        {R"({"ociVersion": "1.4.0", "root": {"path": "r"}})", "/ociVersion", "is newer than 1.3.0"},
        {process(R"("capabilities": {"bounding": ["CAP_KILL", "CAP_NOPE"]})"),
         "/process/capabilities/bounding/1", "unknown capability \"CAP_NOPE\""},
        {process(R"("capabilities": {"permitted": ["CAP_KILL"], "ambient": ["CAP_KILL"]})"),
         "/process/capabilities/ambient/0", "is not permitted and inheritable"},
        {device(R"("type": "p", "path": "/x", "fileMode": 512)"), "/linux/devices/0/fileMode", "is decimal"},
        {mount(R"("destination": "dev", "type": "tmpfs")"), "/mounts/0/destination", "should be an absolute"},
        {mount(R"("destination": "/a", "source": "/b", "options": ["bind"], "uidMappings":
                 [{"containerID": 0, "hostID": 5, "size": 1}], "gidMappings":
                 [{"containerID": 0, "hostID": 5, "size": 1}])"),
         "/mounts/0/uidMappings", "should come with"},
        {linux_(R"("devices": [{"type": "c", "path": "/a", "major": 1, "minor": 3},
                               {"type": "c", "path": "/b", "major": 1, "minor": 3}])"),
         "/linux/devices/1", "of another device"},
        {resources(R"("memory": {"kernel": 1})"), "/linux/resources/memory/kernel", "not recommended"},
        {resources(R"("memory": {"kernelTCP": -1})"), "/linux/resources/memory/kernelTCP", "not recommended"},
    }));

class GoodConfigs : public testing::TestWithParam<std::string> {};

TEST_P(GoodConfigs, HaveNoFinding)
{
    Report report;
    ASSERT_TRUE(check_config(GetParam(), "config.json", report));
    EXPECT_TRUE(report.findings.all().empty()) << report.findings.refusal(GetParam(), "config.json").text();
}

INSTANTIATE_TEST_SUITE_P(
    Spec, GoodConfigs,
    testing::Values(
        R"({"ociVersion": "1.0.0-rc5", "root": {"path": "r"}})",
        R"({"ociVersion": "1.2.3-a.1+b.01", "root": {"path": "/r", "readonly": false}, "process": null})",
        top(R"("mounts": [], "linux": {}, "hooks": {}, "annotations": {})"),
        process(R"("consoleSize": {"height": 100000, "width": 1}, "apparmorProfile": "")"),
        process(R"("oomScoreAdj": -1000, "user": {"uid": 4294967294, "umask": 511}, "env": ["A="])"),
        hook(R"("path": "/x", "timeout": 1)"),
        mount(R"("destination": "/dev", "type": "tmpfs", "options": ["tmpcopyup", "mode=755"])"),
        mount(R"("destination": "/a", "options": ["remount", "bind", "ro"])"),
        mount(R"("destination": "/a", "type": "tmpfs", "options": ["idmap"], "uidMappings":
                 [{"containerID": 0, "hostID": 5, "size": 1}], "gidMappings":
                 [{"containerID": 0, "hostID": 5, "size": 1}])"),
        mount(R"("destination": "/a", "source": "b", "type": "bind", "options": ["rbind", "ro"])"),
        mount(R"("destination": "/...", "type": "tmpfs")"),
        mount(R"("destination": "/a", "options": ["remount", "ro"])"),
        user_ns(R"({"containerID": 0, "hostID": 5, "size": 5}, {"containerID": 5, "hostID": 0, "size": 5})"),
        user_ns(R"({"containerID": 0, "hostID": 0, "size": 4294967295})"),
        linux_(R"("namespaces": [{"type": "user", "path": "/proc/1/ns/user"}])"),
        linux_(R"("namespaces": [{"type": "time"}], "timeOffsets": {"monotonic": {"secs": -5}})"),
        linux_(R"("cgroupsPath": "system.slice:rt:x..y", "personality": {"domain": "LINUX32"})"),
        isolated(R"("sysctl": {"net.ipv4.conf.eth0/1.forwarding": "+1", "kernel.sem": "1\t2"})"),
        device(R"("type": "p", "path": "/dev/x", "fileMode": 511)"),
        device(R"("type": "c", "path": "/dev/x", "major": 1, "minor": 3, "fileMode": 8612)"),
        resources(R"("memory": {"limit": -1, "swap": -1, "swappiness": 0}, "pids": {"limit": 0})"),
        resources(R"("memory": {"limit": 0, "swap": 0}, "cpu": {"quota": -1, "burst": 5, "cpus": "0-3, 5"})"),
        resources(R"("blockIO": {"weight": 0}, "pids": {}, "unified": {"memory.high": "max"})"),
        syscall(R"("names": ["x"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38)"),
        seccomp(R"("flags": ["SECCOMP_FILTER_FLAG_TSYNC"], "architectures": ["SCMP_ARCH_SHEB"])")));

std::vector<std::string> pointers(const Findings &findings)
{
    std::vector<std::string> out;
    std::ranges::transform(findings.all(), std::back_inserter(out), &Finding::pointer);
    return out;
}

// spec: ExtensibilityIgnoreUnknownProp
TEST(Config, UnknownPropertiesAreIgnoredAndListed)
{
    Report report;
    ASSERT_TRUE(check_config(top(R"("process": {"cwd": "/", "args": ["sh"], "x": 1, "user": {"name": {}}},
                                    "a/b": [2])"),
                             "x", report));
    EXPECT_TRUE(report.findings.all().empty());
    EXPECT_EQ(pointers(report.unknown),
              (std::vector<std::string>{"/process/x", "/process/user/name", "/a~1b"}));
    EXPECT_FALSE(report.unknown.refused());
}

TEST(Config, NamesMatchExactly)
{
    Report report;
    ASSERT_TRUE(check_config(top(R"("Process": {}, "HOSTNAME": 1)"), "x", report));
    EXPECT_EQ(pointers(report.unknown), (std::vector<std::string>{"/Process", "/HOSTNAME"}));
    EXPECT_EQ(report.unknown.all()[0].why.instead, "\"process\"");
    EXPECT_EQ(report.unknown.all()[1].why.instead, "\"hostname\"");
}

// spec: ErrorsAllAtOnce, ErrorsHavePositions
TEST(Config, EveryFindingIsToldAtOnce)
{
    const std::string text = R"({
  "ociVersion": "1.0.0",
  "root": {"path": 7},
  "process": {"cwd": "tmp",
    "args": ["sh"], "rlimits": [{"type": "RLIMIT_CPU", "soft": 1}]},
  "hostname": "x"
})";
    const Result<Config> config = load_config(text, "b/config.json");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().blame(), Blame::kInput);
    EXPECT_EQ(config.error().pointer(), "/root/path");
    EXPECT_EQ(config.error().text(),
              "b/config.json:3:20: /root/path: expected a string, got 7\n"
              "b/config.json:5:33: /process/rlimits/0/hard: is required\n"
              "b/config.json:4:22: /process/cwd: must be an absolute path, got \"tmp\"\n"
              "b/config.json:6:15: /hostname: needs a \"uts\" namespace in /linux/namespaces");
}

TEST(Config, UnreadableNamespacesBlameNothingElse)
{
    expect_one_error({top(R"("hostname": "h", "linux": {"namespaces": [{"type": "net"}, {"type": "pid"}]})"),
                      "/linux/namespaces/0/type", "got \"net\""});
    expect_one_error({top(R"("hostname": "h", "linux": 1)"), "/linux", "expected an object"});
    // A word that is none counts as no kind: neither as one that is there nor as the twin of another.
    expect_one_error(
        {top(R"("mounts": [{"destination": "/m", "type": "tmpfs"}], "linux": {"uidMappings": [], "namespaces":
                          [{"type": "tea"}, {"type": "pid"}, {"type": "user"}], "sysctl": {"net.x": "1"},
                          "timeOffsets": {"monotonic": {"secs": 1}}, "maskedPaths": ["/a"]})"),
         "/linux/namespaces/0/type", "got \"tea\""});
}

// spec: ErrorsAllAtOnce
TEST(Config, UnreadableNamespacesHideNothingElse)
{
    const Result<Config> config = load_config(
        R"({"ociVersion": "1.0.0", "root": {"path": "r"}, "hostname": "h", "process": {"cwd": "tmp",
                        "args": ["sh"]}, "linux": {"namespaces": [{"type": "tea"}, {"type": "ipc", "path": "x"}],
                        "sysctl": {"vm.swappiness": "1"}}})",
        "x");
    ASSERT_FALSE(config);
    const std::string &text = config.error().text();
    for (const char *pointer : {"/process/cwd", "/linux/namespaces/0/type", "/linux/namespaces/1/path",
                                "/linux/sysctl/vm.swappiness"}) {
        EXPECT_NE(text.find(pointer), std::string::npos) << pointer << " in:\n" << text;
    }
    EXPECT_EQ(text.find("/hostname"), std::string::npos) << text;
}

// spec: WarnsLeaveFlowUnchange
TEST(Config, WarningsAreHandedOver)
{
    std::vector<Finding> warnings;
    ASSERT_TRUE(load_config(R"({"ociVersion": "1.9.0", "root": {"path": "r"}})", "x", &warnings));
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(in_words(warnings[0], R"({"ociVersion": "1.9.0"})", "x").substr(0, 20), "x:1:16: /ociVersion:");
}

TEST(Config, LinesStayLines)
{
    const std::string text = top(R"("annotations": {"a\nb": 1})");
    EXPECT_EQ(load_config(text, "x").error().text(),
              "x:1:77: \"/annotations/a\\nb\": expected a string, got 1");
}

TEST(Config, LaterFloorsCanPointToo)
{
    const std::string text = "{\n\"process\": {\"cwd\": \"/x\"}}";
    const Error error = locate(Error::input_at("/process/cwd", "no such directory"), text, "config.json");
    EXPECT_EQ(error.text(), "config.json:2:20: /process/cwd: no such directory");
    EXPECT_EQ(locate(Error::input("plain"), text, "config.json").text(), "plain");
}

TEST(Config, EverythingArrives)
{
    const Result<Config> loaded = load_config(R"({
        "ociVersion": "1.3.0", "root": {"path": "r", "readonly": true}, "hostname": "h", "domainname": "d",
        "annotations": {"k": "v"},
        "mounts": [{"destination": "/p", "type": "proc", "source": "proc", "options": ["ro"]}],
        "hooks": {"prestart": [{"path": "/a", "args": ["a"], "env": [], "timeout": 3}], "poststop": [{"path": "/z"}]},
        "process": {"terminal": true, "consoleSize": {"height": 2, "width": 3}, "cwd": "/w", "args": ["sh", "-c"],
            "env": ["A=b"], "user": {"uid": 1, "gid": 2, "umask": 18, "additionalGids": [5]},
            "capabilities": {"bounding": ["CAP_KILL"], "effective": ["CAP_CHOWN"], "inheritable": [],
                             "permitted": ["CAP_SYSLOG"], "ambient": []},
            "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 1, "hard": 18446744073709551615}],
            "noNewPrivileges": true, "oomScoreAdj": -5},
        "linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "network", "path": "/n"}],
            "rootfsPropagation": "rslave", "maskedPaths": ["/m"], "readonlyPaths": ["/q"], "cgroupsPath": "/c",
            "sysctl": {"net.x": "1"}, "personality": {"domain": "LINUX"},
            "devices": [{"type": "b", "path": "/d", "major": 8, "minor": 1, "fileMode": 420, "uid": 6, "gid": 7}],
            "resources": {"devices": [{"allow": true, "type": "c", "major": 1, "access": "rw"}],
                "memory": {"limit": 1, "reservation": -1, "swap": 3, "swappiness": 60, "disableOOMKiller": true,
                           "useHierarchy": false, "checkBeforeUpdate": true},
                "cpu": {"shares": 1, "quota": 2000, "burst": 3, "period": 4, "realtimeRuntime": 5,
                        "realtimePeriod": 6, "cpus": "0", "mems": "1", "idle": 1},
                "pids": {"limit": 0}, "network": {"classID": 9, "priorities": [{"name": "lo", "priority": 2}]},
                "blockIO": {"weight": 10, "leafWeight": 11,
                    "weightDevice": [{"major": 8, "minor": 0, "weight": 12, "leafWeight": 13}],
                    "throttleReadBpsDevice": [{"major": 1, "minor": 2, "rate": 3}],
                    "throttleWriteBpsDevice": [{"major": 1, "minor": 2, "rate": 4}],
                    "throttleReadIOPSDevice": [{"major": 1, "minor": 2, "rate": 5}],
                    "throttleWriteIOPSDevice": [{"major": 1, "minor": 2, "rate": 6}]},
                "hugepageLimits": [{"pageSize": "2MB", "limit": 7}], "rdma": {"m": {"hcaHandles": 1}},
                "unified": {"memory.high": "1"}},
            "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "flags": [],
                "architectures": ["SCMP_ARCH_X86"],
                "syscalls": [{"names": ["a", "b"], "action": "SCMP_ACT_TRACE", "errnoRet": 2, "args": [
                    {"index": 1, "value": 18446744073709551615, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ"}]}]}}})",
                                              "config.json");
    ASSERT_TRUE(loaded) << loaded.error().text();
    const Config &c = *loaded;
    EXPECT_TRUE(c.root->readonly);
    EXPECT_EQ(c.hostname + c.domainname + c.annotations.at("k"), "hdv");
    EXPECT_EQ(c.mounts.at(0).options, std::vector<std::string>{"ro"});
    EXPECT_EQ(c.hooks.prestart.at(0).timeout, 3);
    EXPECT_TRUE(c.hooks.prestart.at(0).env.has_value());
    EXPECT_FALSE(c.hooks.poststop.at(0).env.has_value());
    const Process &p = *c.process;
    EXPECT_EQ(p.console_size->width, 3U);
    EXPECT_EQ(p.user.umask, 18U);
    EXPECT_EQ(p.user.additional_gids, std::vector<std::uint32_t>{5});
    EXPECT_EQ(p.capabilities->effective, std::vector<std::string>{"CAP_CHOWN"});
    EXPECT_EQ(p.capabilities->permitted, std::vector<std::string>{"CAP_SYSLOG"});
    EXPECT_EQ(p.rlimits.at(0).hard, UINT64_MAX);
    EXPECT_TRUE(p.terminal && p.no_new_privileges);
    EXPECT_EQ(p.oom_score_adj, -5);
    const Linux &l = c.linux_;
    EXPECT_EQ(l.namespaces.at(2).type, NamespaceType::kNetwork);
    EXPECT_EQ(l.rootfs_propagation, Propagation::kRslave);
    EXPECT_EQ(l.masked_paths.at(0) + l.readonly_paths.at(0) + l.cgroups_path, "/m/q/c");
    EXPECT_EQ(l.devices.at(0).type, DeviceType::kBlock);
    EXPECT_EQ(l.devices.at(0).file_mode, 0644U);
    const Resources &r = *l.resources;
    EXPECT_EQ(r.devices.at(0).access, "rw");
    EXPECT_FALSE(r.devices.at(0).minor);
    EXPECT_EQ(r.memory->reservation, -1);
    EXPECT_EQ(r.memory->use_hierarchy, false);
    EXPECT_EQ(r.cpu->realtime_period, 6U);
    EXPECT_EQ(r.cpu->idle, 1);
    EXPECT_EQ(r.pids->limit, 0);
    EXPECT_EQ(r.network->priorities.at(0).priority, 2U);
    EXPECT_EQ(r.block_io->weight_device.at(0).leaf_weight, 13);
    EXPECT_EQ(r.block_io->throttle_read_bps.at(0).rate, 3U);
    EXPECT_EQ(r.block_io->throttle_write_bps.at(0).rate, 4U);
    EXPECT_EQ(r.block_io->throttle_read_iops.at(0).rate, 5U);
    EXPECT_EQ(r.block_io->throttle_write_iops.at(0).rate, 6U);
    EXPECT_EQ(r.rdma.at("m").hca_handles, 1U);
    const SeccompSyscall &s = l.seccomp->syscalls.at(0);
    EXPECT_EQ(l.seccomp->default_errno_ret, 38U);
    EXPECT_TRUE(l.seccomp->flags && l.seccomp->flags->empty());
    EXPECT_EQ(s.action, SeccompAction::kTrace);
    EXPECT_EQ(s.args.at(0).value, UINT64_MAX);
    EXPECT_EQ(s.args.at(0).op, SeccompOperator::kMaskedEq);
}

TEST(Config, LoneProcessAndResourcesHaveTheirOwnTop)
{
    ASSERT_TRUE(load_process(R"({"cwd": "/", "args": ["sh"]})", "p"));
    EXPECT_EQ(load_process(R"({"cwd": "x", "args": ["sh"]})", "p").error().text(),
              "p:1:9: /cwd: must be an absolute path, got \"x\"");
    ASSERT_TRUE(load_resources(R"({"pids": {"limit": 5}})", "r"));
    EXPECT_EQ(load_resources(R"({"cpu": {"idle": 5}})", "r").error().pointer(), "/cpu/idle");
}

// Reading is linear: this takes seconds when it is not.
TEST(Config, LargeInputsAreFine)
{
    std::string annotations;
    for (int i = 0; i < 20000; ++i) {
        annotations += str(i == 0 ? "" : ",", "\"key", i, "\":\"", std::string(200, 'x'), '"');
    }
    const Result<Config> config = load_config(top(R"("annotations": {)" + annotations + "}"), "x");
    ASSERT_TRUE(config);
    EXPECT_EQ(config->annotations.size(), 20000U);
}

// spec: PidsZeroBefore13
TEST(LoadConfig, APidsLimitOfZeroIsNoneBefore13)
{
    const auto limit = [](std::string_view version) {
        const auto config =
            load_config(str(R"({"ociVersion": ")", version,
                            R"(", "root": {"path": "r"}, "linux": {"resources": {"pids": {"limit": 0}}}})"),
                        "x");
        EXPECT_TRUE(config);
        return config->linux_.resources->pids.has_value();
    };
    for (const std::string_view old : {"1.0.0", "1.0.2-dev", "1.1.0", "1.2.1"}) {
        EXPECT_FALSE(limit(old)) << old;
    }
    for (const std::string_view later : {"1.3.0", "1.3.0-rc.1", "1.20.0"}) {
        EXPECT_TRUE(limit(later)) << later;
    }
}

}  // namespace
}  // namespace rt::oci
