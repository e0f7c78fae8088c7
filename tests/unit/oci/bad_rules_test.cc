// SPDX-License-Identifier: Apache-2.0
//
// Values of the right type that break a rule of the spec.
#include "bad_config.h"

namespace rt::oci {
namespace {

using BadValues = BadConfigs;

TEST_P(BadValues, AreRefusedWithTheirPointer) { expect_one_error(GetParam()); }

std::string version(const std::string &text)
{
    return R"({"root": {"path": "r"}, "ociVersion": ")" + text + "\"}";
}

// spec: SpecVersionInSemVer
INSTANTIATE_TEST_SUITE_P(Version, BadValues,
                         testing::ValuesIn(std::vector<BadConfig>{
                             {version(""), "/ociVersion", "must be a SemVer 2.0.0 version"},
                             {version("1"), "/ociVersion", "SemVer"},
                             {version("1.0"), "/ociVersion", "SemVer"},
                             {version("1.0."), "/ociVersion", "SemVer"},
                             {version("1.0.0.0"), "/ociVersion", "SemVer"},
                             {version("v1.0.0"), "/ociVersion", "SemVer"},
                             {version("01.0.0"), "/ociVersion", "SemVer"},
                             {version("1.0.0-"), "/ociVersion", "SemVer"},
                             {version("1.0.0-01"), "/ociVersion", "SemVer"},
                             {version("1.0.0-a..b"), "/ociVersion", "SemVer"},
                             {version("1.0.0+"), "/ociVersion", "SemVer"},
                             {version("1.0.0 "), "/ociVersion", "SemVer"},
                             {version("1.0.-1"), "/ociVersion", "SemVer"},
                             {version("0.9.0"), "/ociVersion", "must be 1.x"},
                             {version("2.0.0"), "/ociVersion", "must be 1.x"},
                         }));

// spec: ProcCwdAbs, ProcArgsOneEntryRequired, PosixProcRlimitsTypeGenError, PosixProcRlimitsErrorOnDup
// spec: PosixProcRlimitsSoftMatchCur, LinuxProcOomScoreAdjSet, ProcConsoleSizeIgnore
INSTANTIATE_TEST_SUITE_P(
    Process, BadValues,
    testing::ValuesIn(std::vector<BadConfig>{
        {top(R"("process": {"cwd": "tmp", "args": ["sh"]})"), "/process/cwd",
         "must be an absolute path, got \"tmp\""},
        {top(R"("process": {"cwd": "", "args": ["sh"]})"), "/process/cwd", "must be an absolute path"},
        {top(R"("process": {"cwd": "/"})"), "/process/args", "at least one entry"},
        {top(R"("process": {"cwd": "/", "args": []})"), "/process/args", "at least one entry"},
        {process(R"("env": ["A=b", "C"])"), "/process/env/1", "must be NAME=VALUE, got \"C\""},
        {process(R"("env": ["=b"])"), "/process/env/0", "must be NAME=VALUE"},
        {process(R"("rlimits": [{"type": "RLIMIT_X", "soft": 1, "hard": 1}])"), "/process/rlimits/0/type",
         "unknown resource limit \"RLIMIT_X\""},
        {process(R"("rlimits": [{"type": "RLIMIT_CPU", "soft": 1, "hard": 1},
                                {"type": "RLIMIT_CPU", "soft": 1, "hard": 1}])"),
         "/process/rlimits/1/type", "is already at /process/rlimits/0"},
        {process(R"("rlimits": [{"type": "RLIMIT_CPU", "soft": 2, "hard": 1}])"), "/process/rlimits/0",
         "soft must not be above hard, got 2 and 1"},
        {process(R"("oomScoreAdj": 1001)"), "/process/oomScoreAdj", "from -1000 to 1000, got 1001"},
        {process(R"("oomScoreAdj": -1001)"), "/process/oomScoreAdj", "got -1001"},
        {process(R"("terminal": true, "consoleSize": {"height": 65536, "width": 1})"), "/process/consoleSize",
         "at most 65535"},
        {process(R"("user": {"uid": 4294967295})"), "/process/user/uid", "which is no id"},
        {process(R"("user": {"gid": 4294967295})"), "/process/user/gid", "which is no id"},
        {process(R"("user": {"umask": 512})"), "/process/user/umask", "at most 511"},
    }));

// spec: PosixHooksPathAbs, PosixHooksTimeoutPositive, AnnotationsKeyRequired
INSTANTIATE_TEST_SUITE_P(
    Top, BadValues,
    testing::ValuesIn(std::vector<BadConfig>{
        {R"({"ociVersion": "1.0.0", "root": {"path": ""}})", "/root/path", "must not be empty"},
        {R"({"ociVersion": "1.0.0", "root": {"path": "r", "readonly": true}})", "/root/readonly",
         "needs a \"mount\" namespace"},
        {top(R"("hostname": "h")"), "/hostname", "needs a \"uts\" namespace"},
        {top(R"("domainname": "d")"), "/domainname", "needs a \"uts\" namespace"},
        {top(R"("linux": {"namespaces": [{"type": "uts"}]}, "hostname": ")" + std::string(65, 'x') + "\""),
         "/hostname", "at most 64 bytes, has 65"},
        {top(R"("annotations": {"": "x"})"), "/annotations/", "must have a name"},
        {hook(R"("path": "bin/x")"), "/hooks/poststop/0/path", "must be an absolute path"},
        {hook(R"("path": "/x", "timeout": 0)"), "/hooks/poststop/0/timeout", "above 0, got 0"},
        {hook(R"("path": "/x", "timeout": -1)"), "/hooks/poststop/0/timeout", "above 0, got -1"},
        {hook(R"("path": "/x", "env": ["A"])"), "/hooks/poststop/0/env/0", "must be NAME=VALUE"},
        {top(R"("hooks": {"createRuntime": [{"path": "/x"}, {"path": "y"}]})"), "/hooks/createRuntime/1/path",
         "must be an absolute path"},
    }));

// spec: MountsBindOption, MountsMappingsTogether
INSTANTIATE_TEST_SUITE_P(
    Mounts, BadValues,
    testing::ValuesIn(std::vector<BadConfig>{
        {top(R"("mounts": [{"destination": "/proc", "type": "proc"}])"), "/mounts",
         "needs a \"mount\" namespace"},
        {mount(R"("destination": "", "type": "proc")"), "/mounts/0/destination", "must not be empty"},
        {mount(R"("destination": "/", "type": "tmpfs")"), "/mounts/0/destination", "the root itself"},
        {mount(R"("destination": "/../.", "type": "tmpfs")"), "/mounts/0/destination", "the root itself"},
        {mount(R"("destination": "/a", "source": "/b", "type": "bind")"), "/mounts/0/type",
         "add \"bind\" to the options"},
        {mount(R"("destination": "/a", "source": "/b", "type": "rbind", "options": ["ro"])"),
         "/mounts/0/type", "add \"rbind\" to the options"},
        {mount(R"("destination": "/a", "options": ["bind"])"), "/mounts/0/source", "is required to bind"},
        {mount(R"("destination": "/a", "source": "/b", "options": ["bind", "mode=755"])"),
         "/mounts/0/options", "unknown to a bind mount: \"mode=755\""},
        {mount(R"("destination": "/a", "source": "/b")"), "/mounts/0/type", "is required unless"},
        {mount(R"("destination": "/a", "type": "proc", "options": ["tmpcopyup"])"), "/mounts/0/options",
         "needs type \"tmpfs\""},
        {mount(R"("destination": "/a", "source": "/b", "options": ["bind"],
                  "uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}])"),
         "/mounts/0/uidMappings", "must be given together"},
        {mount(R"("destination": "/a", "source": "/b", "options": ["bind"],
                  "gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}])"),
         "/mounts/0/gidMappings", "must be given together"},
        {mount(R"("destination": "/a", "type": "tmpfs", "options": ["remount", "tmpcopyup"])"),
         "/mounts/0/options", "\"tmpcopyup\""},
    }));

/// A mount with these options and mappings of its own.
std::string mapped(const std::string &rest, const std::string &mapping)
{
    return mount(R"("destination": "/a", "source": "/b", )" + rest + R"(, "uidMappings": [)" + mapping +
                 R"(], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}])");
}

// spec: MountsIdmapNoMappings, MountsMappingsFormat, MountsIdmapFits
INSTANTIATE_TEST_SUITE_P(
    Idmap, BadValues,
    testing::ValuesIn(std::vector<BadConfig>{
        {mount(R"("destination": "/a", "source": "/b", "options": ["bind", "idmap"])"), "/mounts/0/options/1",
         "needs uidMappings and gidMappings, or a \"user\" namespace"},
        {mount(R"("destination": "/a", "source": "/b", "options": ["ridmap", "rbind"])"),
         "/mounts/0/options/0", "needs uidMappings and gidMappings"},
        {mount(R"("destination": "/a", "type": "tmpfs", "options": ["idmap"])"), "/mounts/0/options/0",
         "needs uidMappings and gidMappings"},
        {mapped(R"("options": ["bind"])", R"({"containerID": 0, "hostID": 1, "size": 0})"),
         "/mounts/0/uidMappings/0/size", "above 0"},
        {mapped(R"("options": ["bind"])",
                R"({"containerID": 0, "hostID": 1, "size": 2}, {"containerID": 1, "hostID": 9, "size": 1})"),
         "/mounts/0/uidMappings/1/containerID", "overlaps /mounts/0/uidMappings/0"},
        {mapped(R"("options": ["bind"])", many_mappings(341)), "/mounts/0/uidMappings",
         "at most 340 entries"},
        {mapped(R"("options": ["remount", "idmap"])", R"({"containerID": 0, "hostID": 1, "size": 1})"),
         "/mounts/0/options/1", "a remount cannot change the ids"},
        {mapped(R"("options": ["remount"])", R"({"containerID": 0, "hostID": 1, "size": 1})"),
         "/mounts/0/uidMappings", "a remount cannot change the ids"},
        {mapped(R"("type": "cgroup2", "options": ["idmap"])",
                R"({"containerID": 0, "hostID": 1, "size": 1})"),
         "/mounts/0/options/0", "\"cgroup2\" cannot be mapped"},
    }));

// spec: LinuxProcSchedulerPolicy, LinuxProcSchedulerFlags, LinuxProcSchedulerFits, LinuxProcIOPriorityClass
// spec: LinuxProcIOPriorityLevel, LinuxProcExecCPUAffinityList
INSTANTIATE_TEST_SUITE_P(
    Scheduling, BadValues,
    testing::ValuesIn(std::vector<BadConfig>{
        {process(R"("scheduler": {"policy": "SCHED_X"})"), "/process/scheduler/policy", "SCHED_BATCH"},
        {process(R"("scheduler": {"policy": "SCHED_OTHER", "flags": ["X"]})"), "/process/scheduler/flags/0",
         "SCHED_FLAG_RECLAIM"},
        {process(R"("scheduler": {"policy": "SCHED_BATCH", "nice": 20})"), "/process/scheduler/nice",
         "from -20 to 19, got 20"},
        {process(R"("scheduler": {"policy": "SCHED_RR"})"), "/process/scheduler/priority",
         "from 1 to 99 with SCHED_RR, got 0"},
        {process(R"("scheduler": {"policy": "SCHED_IDLE", "priority": 2})"), "/process/scheduler/priority",
         "0 or absent with SCHED_IDLE, got 2"},
        {process(R"("scheduler": {"policy": "SCHED_DEADLINE", "runtime": 1023, "deadline": 9999})"),
         "/process/scheduler/runtime", "at least 1024 ns"},
        {process(R"("scheduler": {"policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 1999})"),
         "/process/scheduler/deadline", "got 1999 and 2000"},
        {process(
             R"("scheduler": {"policy": "SCHED_DEADLINE", "runtime": 2000, "deadline": 9999, "period": 5000})"),
         "/process/scheduler/period", "got 5000 and 9999"},
        {R"({"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "process": {"cwd": "/", "args": ["a"],
             "user": {"uid": 0, "gid": 0}, "scheduler": {"policy": "SCHED_DEADLINE", "runtime": 2000,
             "deadline": 2000, "period": 2000}}, "linux": {"seccomp": {"defaultAction": "SCMP_ACT_NOTIFY",
             "listenerPath": "/a"}}})",
         "/process/scheduler/flags", "hand over the seccomp listener"},
        {process(R"("ioPriority": {"class": "IOPRIO_CLASS_NONE"})"), "/process/ioPriority/class",
         "IOPRIO_CLASS_IDLE"},
        {process(R"("ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 8})"),
         "/process/ioPriority/priority", "from 0 to 7, got 8"},
        {process(R"("execCPUAffinity": {"final": "0-"})"), "/process/execCPUAffinity/final",
         "expected a list as \"0-3,7\", got \"0-\""},
    }));

// spec: LinuxMemoryPolicyMode, LinuxMemoryPolicyFlags, LinuxMemoryPolicyNodes
INSTANTIATE_TEST_SUITE_P(
    MemoryPolicy, BadValues,
    testing::ValuesIn(std::vector<BadConfig>{
        {linux_(R"("memoryPolicy": {"mode": "MPOL_X"})"), "/linux/memoryPolicy/mode", "MPOL_LOCAL"},
        {linux_(R"("memoryPolicy": {"mode": "MPOL_BIND"})"), "/linux/memoryPolicy/nodes",
         "at least one node"},
        {linux_(R"("memoryPolicy": {"mode": "MPOL_LOCAL", "nodes": "0"})"), "/linux/memoryPolicy/nodes",
         "must be empty with MPOL_LOCAL"},
        {linux_(R"("memoryPolicy": {"mode": "MPOL_BIND", "nodes": "x"})"), "/linux/memoryPolicy/nodes",
         "a list"},
        {linux_(R"("memoryPolicy": {"mode": "MPOL_LOCAL", "flags": ["MPOL_F_RELATIVE_NODES"]})"),
         "/linux/memoryPolicy/flags", "no nodes for a flag"},
        {linux_(R"("memoryPolicy": {"mode": "MPOL_DEFAULT", "flags": ["MPOL_F_NUMA_BALANCING"]})"),
         "/linux/memoryPolicy/flags", "needs MPOL_BIND"},
    }));

}  // namespace
}  // namespace rt::oci
