// SPDX-License-Identifier: Apache-2.0
//
// Values of the wrong type, words nobody knows, properties that have to be there.
#include "bad_config.h"

namespace rt::oci {
namespace {

using BadShapes = BadConfigs;

TEST_P(BadShapes, AreRefusedWithTheirPointer) { expect_one_error(GetParam()); }

// spec: ValidValues, RequiredProperties, RootOnNonWindowsRequired, MountsDestRequired
// spec: AnnotationsKeyValueMap
// spec: AnnotationsValueString, NSTypeValueError, LinuxRootfsPropagationKnown, LinuxUserMappingsValid
// spec: LinuxResourcesDevicesAccess, LinuxPersonalityDomain
INSTANTIATE_TEST_SUITE_P(
    Spec, BadShapes,
    testing::ValuesIn(std::vector<BadConfig>{
        // What is required.
        {R"({"root": {"path": "r"}})", "/ociVersion", "is required"},
        {R"({"ociVersion": "1.0.0"})", "/root", "is required"},
        {R"({"ociVersion": "1.0.0", "root": null})", "/root", "is required"},
        {R"({"ociVersion": "1.0.0", "root": {}})", "/root/path", "is required"},
        {top(R"("process": {"args": ["sh"]})"), "/process/cwd", "is required"},
        {process(R"("rlimits": [{"soft": 1, "hard": 1}])"), "/process/rlimits/0/type", "is required"},
        {process(R"("rlimits": [{"type": "RLIMIT_CPU", "hard": 1}])"), "/process/rlimits/0/soft",
         "is required"},
        {process(R"("rlimits": [{"type": "RLIMIT_CPU", "soft": 0}])"), "/process/rlimits/0/hard",
         "is required"},
        {process(R"("consoleSize": {"height": 1})"), "/process/consoleSize/width", "is required"},
        {mount(R"("type": "proc")"), "/mounts/0/destination", "is required"},
        {hook(R"("args": [])"), "/hooks/poststop/0/path", "is required"},
        {linux_(R"("namespaces": [{"path": "/x"}])"), "/linux/namespaces/0/type", "is required"},
        {user_ns(R"({"hostID": 0, "size": 1})"), "/linux/uidMappings/0/containerID", "is required"},
        {user_ns(R"({"containerID": 0, "size": 1})"), "/linux/uidMappings/0/hostID", "is required"},
        {user_ns(R"({"containerID": 0, "hostID": 1})"), "/linux/uidMappings/0/size", "is required"},
        {device(R"("path": "/dev/x", "major": 1, "minor": 1)"), "/linux/devices/0/type", "is required"},
        {device(R"("type": "p")"), "/linux/devices/0/path", "is required"},
        {resources(R"("devices": [{}])"), "/linux/resources/devices/0/allow", "is required"},
        {resources(R"("hugepageLimits": [{"limit": 1}])"), "/linux/resources/hugepageLimits/0/pageSize",
         "is required"},
        {resources(R"("hugepageLimits": [{"pageSize": "2MB"}])"), "/linux/resources/hugepageLimits/0/limit",
         "is required"},
        {resources(R"("network": {"priorities": [{"name": "lo"}]})"),
         "/linux/resources/network/priorities/0/priority", "is required"},
        {resources(R"("blockIO": {"weightDevice": [{"minor": 1, "weight": 10}]})"),
         "/linux/resources/blockIO/weightDevice/0/major", "is required"},
        {resources(R"("blockIO": {"throttleReadBpsDevice": [{"major": 1, "minor": 1}]})"),
         "/linux/resources/blockIO/throttleReadBpsDevice/0/rate", "is required"},
        {linux_(R"("personality": {})"), "/linux/personality/domain", "is required"},
        {linux_(R"("seccomp": {})"), "/linux/seccomp/defaultAction", "is required"},
        {syscall(R"("action": "SCMP_ACT_ALLOW")"), "/linux/seccomp/syscalls/0/names", "is required"},
        {syscall(R"("names": ["x"])"), "/linux/seccomp/syscalls/0/action", "is required"},
        {syscall(R"("names": ["x"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 1}])"),
         "/linux/seccomp/syscalls/0/args/0/op", "is required"},

        // Types.
        {R"({"ociVersion": 1, "root": {"path": "r"}})", "/ociVersion", "expected a string, got 1"},
        {R"({"ociVersion": "1.0.0", "root": "r"})", "/root", "expected an object, got \"r\""},
        {R"({"ociVersion": "1.0.0", "root": {"path": ["r"]}})", "/root/path",
         "expected a string, got an array"},
        {R"({"ociVersion": "1.0.0", "root": {"path": "r", "readonly": "yes"}})", "/root/readonly",
         "expected true or false, got \"yes\""},
        {top(R"("mounts": {})"), "/mounts", "expected an array, got an object"},
        {top(R"("mounts": [1])"), "/mounts/0", "expected an object, got 1"},
        {top(R"("hostname": false)"), "/hostname", "expected a string"},
        {top(R"("annotations": ["a"])"), "/annotations", "expected an object"},
        {top(R"("annotations": {"a": 1})"), "/annotations/a", "expected a string, got 1"},
        {top(R"("annotations": {"a/b": null})"), "/annotations/a~1b", "expected a string, got null"},
        {top(R"("hooks": [])"), "/hooks", "expected an object"},
        {top(R"("process": "sh")"), "/process", "expected an object"},
        {top(R"("process": {"cwd": "/", "args": "sh"})"), "/process/args", "expected an array, got \"sh\""},
        {top(R"("process": {"cwd": "/", "args": ["sh", 1]})"), "/process/args/1", "expected a string, got 1"},
        {process(R"("terminal": 1)"), "/process/terminal", "expected true or false, got 1"},
        {process(R"("env": {"A": "b"})"), "/process/env", "expected an array"},
        {process(R"("capabilities": ["CAP_KILL"])"), "/process/capabilities", "expected an object"},
        {top(R"("linux": [])"), "/linux", "expected an object"},
        {linux_(R"("sysctl": {"kernel.sem": 1})"), "/linux/sysctl/kernel.sem", "expected a string, got 1"},
        {resources(R"("unified": {"memory.high": 1})"), "/linux/resources/unified/memory.high",
         "expected a string"},

        // Numbers.
        {process(R"("user": {"uid": -1})"), "/process/user/uid", "from 0 to 4294967295, got -1"},
        {process(R"("user": {"uid": -0})"), "/process/user/uid", "from 0 to 4294967295"},
        {process(R"("user": {"uid": 4294967296})"), "/process/user/uid", "got 4294967296"},
        {process(R"("user": {"gid": 1.0})"), "/process/user/gid", "got a number with a fraction"},
        {process(R"("user": {"gid": 1e3})"), "/process/user/gid", "got a number with a fraction"},
        {process(R"("user": {"uid": "0"})"), "/process/user/uid", "got \"0\""},
        {process(R"("user": {"additionalGids": [0, -5]})"), "/process/user/additionalGids/1", "got -5"},
        {process(R"("rlimits": [{"type": "RLIMIT_CPU", "soft": -1, "hard": 1}])"), "/process/rlimits/0/soft",
         "got -1"},
        {process(R"("rlimits": [{"type": "RLIMIT_CPU", "soft": 1, "hard": 18446744073709551616}])"),
         "/process/rlimits/0/hard", "expected a whole number"},
        {process(R"("oomScoreAdj": 2147483648)"), "/process/oomScoreAdj", "got 2147483648"},
        {process(R"("consoleSize": {"height": -1, "width": 1})"), "/process/consoleSize/height", "got -1"},
        {hook(R"("path": "/x", "timeout": 1.5)"), "/hooks/poststop/0/timeout", "expected a whole number"},
        {resources(R"("memory": {"limit": 9223372036854775808})"), "/linux/resources/memory/limit",
         "got 9223372036854775808"},
        {resources(R"("cpu": {"shares": -1})"), "/linux/resources/cpu/shares", "got -1"},
        {resources(R"("blockIO": {"weight": 65536})"), "/linux/resources/blockIO/weight", "from 0 to 65535"},
        {resources(R"("pids": {"limit": "max"})"), "/linux/resources/pids/limit", "got \"max\""},
        {linux_(R"("namespaces": [{"type": "time"}], "timeOffsets": {"boottime": {"nanosecs": -1}})"),
         "/linux/timeOffsets/boottime/nanosecs", "got -1"},

        // Words.
        {linux_(R"("namespaces": [{"type": "net"}])"), "/linux/namespaces/0/type",
         "expected one of cgroup, ipc, mount, network, pid, time, user, uts; got \"net\""},
        {linux_(R"("namespaces": [{"type": "PID"}])"), "/linux/namespaces/0/type", "got \"PID\""},
        {isolated(R"("rootfsPropagation": "rbind")"), "/linux/rootfsPropagation", "expected one of private"},
        {device(R"("type": "x", "path": "/dev/x", "major": 1, "minor": 1)"), "/linux/devices/0/type",
         "expected one of a, b, c, p, u; got \"x\""},
        {linux_(R"("seccomp": {"defaultAction": "ALLOW"})"), "/linux/seccomp/defaultAction", "got \"ALLOW\""},
        {syscall(R"("names": ["x"], "action": "SCMP_ACT_NOPE")"), "/linux/seccomp/syscalls/0/action",
         "SCMP_ACT_KILL_PROCESS"},
        {syscall(
             R"("names": ["x"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 1, "op": "EQ"}])"),
         "/linux/seccomp/syscalls/0/args/0/op", "SCMP_CMP_MASKED_EQ"},
    }));

}  // namespace
}  // namespace rt::oci
