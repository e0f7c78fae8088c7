// SPDX-License-Identifier: Apache-2.0
//
// Values of /linux that break a rule of the spec.
#include "bad_config.h"

namespace rt::oci {
namespace {

using BadLinux = BadConfigs;

TEST_P(BadLinux, IsRefusedWithItsPointer) { expect_one_error(GetParam()); }

std::string sysctl(const std::string &rest) { return isolated(R"("sysctl": {)" + rest + "}"); }

// spec: NSPathAbs, NSErrorOnDup, LinuxTimeOffsetsKnownClock, LinuxTimeOffsetsNewNamespace
// spec: LinuxUserMappingsNamespace, LinuxUserMappingsValid
INSTANTIATE_TEST_SUITE_P(
    Namespaces, BadLinux,
    testing::ValuesIn(std::vector<BadConfig>{
        {linux_(R"("namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "pid", "path": "/x"}])"),
         "/linux/namespaces/2/type", "\"pid\" is already at /linux/namespaces/0"},
        {linux_(R"("namespaces": [{"type": "pid", "path": "ns/pid"}])"), "/linux/namespaces/0/path",
         "must be an absolute path"},
        {linux_(R"("timeOffsets": {"boottime": {"secs": 1}})"), "/linux/timeOffsets", "needs a new \"time\""},
        {linux_(
             R"("namespaces": [{"type": "time", "path": "/x"}], "timeOffsets": {"boottime": {"secs": 1}})"),
         "/linux/timeOffsets", "needs a new \"time\""},
        {linux_(R"("namespaces": [{"type": "time"}], "timeOffsets": {"realtime": {"secs": 1}})"),
         "/linux/timeOffsets/realtime", "expected monotonic or boottime"},
        {linux_(R"("namespaces": [{"type": "time"}], "timeOffsets": {"boottime": {"nanosecs": 1000000000}})"),
         "/linux/timeOffsets/boottime/nanosecs", "must be below 1000000000"},
        {linux_(R"("uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}])"), "/linux/uidMappings",
         "needs a \"user\" namespace"},
        {user_ns(""), "/linux/uidMappings", "is required for a new \"user\" namespace"},
        {user_ns(R"({"containerID": 0, "hostID": 0, "size": 0})"), "/linux/uidMappings/0/size", "above 0"},
        {user_ns(R"({"containerID": 1, "hostID": 0, "size": 4294967295})"), "/linux/uidMappings/0/size",
         "must not reach past id 4294967294"},
        {user_ns(R"({"containerID": 0, "hostID": 4294967295, "size": 1})"), "/linux/uidMappings/0/size",
         "must not reach past id 4294967294"},
        {user_ns(
             R"({"containerID": 0, "hostID": 0, "size": 10}, {"containerID": 9, "hostID": 50, "size": 1})"),
         "/linux/uidMappings/1/containerID", "overlaps /linux/uidMappings/0"},
        {user_ns(
             R"({"containerID": 0, "hostID": 5, "size": 10}, {"containerID": 50, "hostID": 0, "size": 6})"),
         "/linux/uidMappings/1/hostID", "overlaps /linux/uidMappings/0"},
        {user_ns(many_mappings(341)), "/linux/uidMappings", "at most 340 entries, has 341"},
        {top(R"("process": {"cwd": "/", "args": ["x"], "user": {"uid": 10, "gid": 9}},
             "linux": {"namespaces": [{"type": "user"}],
                       "uidMappings": [{"containerID": 0, "hostID": 0, "size": 10}],
                       "gidMappings": [{"containerID": 0, "hostID": 0, "size": 10}]})"),
         "/process/user/uid", "10 is not mapped"},
        {top(R"("process": {"cwd": "/", "args": ["x"], "user": {"uid": 9, "additionalGids": [1, 10]}},
             "linux": {"namespaces": [{"type": "user"}],
                       "uidMappings": [{"containerID": 0, "hostID": 0, "size": 10}],
                       "gidMappings": [{"containerID": 0, "hostID": 0, "size": 10}]})"),
         "/process/user/additionalGids/1", "10 is not mapped"},
    }));

// spec: DevicesPathAbs, DevicesMajMinRequired, MaskedPathsAbs, ReadonlyPathsAbs
// spec: CgroupsPathError, LinuxPersonalityDomain
INSTANTIATE_TEST_SUITE_P(
    Paths, BadLinux,
    testing::ValuesIn(std::vector<BadConfig>{
        {device(R"("type": "c", "path": "dev/x", "major": 1, "minor": 1)"), "/linux/devices/0/path",
         "must be an absolute path"},
        {device(R"("type": "a", "path": "/dev/x", "major": 1, "minor": 1)"), "/linux/devices/0/type",
         "expected one of b, c, p, u"},
        {device(R"("type": "c", "path": "/dev/x", "minor": 1)"), "/linux/devices/0/major", "is required"},
        {device(R"("type": "b", "path": "/dev/x", "major": 1)"), "/linux/devices/0/minor", "is required"},
        {device(R"("type": "u", "path": "/dev/x", "major": -1, "minor": 1)"), "/linux/devices/0/major",
         "from 0 to 4095, got -1"},
        {device(R"("type": "c", "path": "/dev/x", "major": 1, "minor": 1048576)"), "/linux/devices/0/minor",
         "from 0 to 1048575"},
        {device(R"("type": "p", "path": "/dev/x", "fileMode": 8192)"), "/linux/devices/0/fileMode",
         "at most 4095"},
        {isolated(R"("maskedPaths": ["/a", "b"])"), "/linux/maskedPaths/1", "must be an absolute path"},
        {isolated(R"("readonlyPaths": [""])"), "/linux/readonlyPaths/0", "must be an absolute path"},
        {linux_(R"("maskedPaths": ["/a"])"), "/linux/maskedPaths", "needs a \"mount\" namespace"},
        {linux_(R"("readonlyPaths": ["/a"])"), "/linux/readonlyPaths", "needs a \"mount\" namespace"},
        {linux_(R"("rootfsPropagation": "slave")"), "/linux/rootfsPropagation",
         "needs a \"mount\" namespace"},
        {linux_(R"("cgroupsPath": "/a/../b")"), "/linux/cgroupsPath", "must not hold \"..\""},
        {linux_(R"("cgroupsPath": "..")"), "/linux/cgroupsPath", "must not hold \"..\""},
        {linux_(R"("cgroupsPath": "a/..")"), "/linux/cgroupsPath", "must not hold \"..\""},
        {linux_(R"("personality": {"domain": "BSD"})"), "/linux/personality/domain",
         "expected LINUX or LINUX32"},
        {linux_(R"("personality": {"domain": "LINUX", "flags": ["X"]})"), "/linux/personality/flags",
         "must be empty"},
    }));

// spec: LinuxSysctlNamespaced
INSTANTIATE_TEST_SUITE_P(
    Sysctl, BadLinux,
    testing::ValuesIn(std::vector<BadConfig>{
        {sysctl(R"("kernel.panic": "1")"), "/linux/sysctl/kernel.panic", "is not kept per namespace"},
        {sysctl(R"("vm.swappiness": "1")"), "/linux/sysctl/vm.swappiness", "is not kept per namespace"},
        {sysctl(R"("kernel/core_pattern": "x")"), "/linux/sysctl/kernel~1core_pattern", "is not kept"},
        {sysctl(R"("kernel.sem/../../x": "1")"), "/linux/sysctl/kernel.sem~1..~1..~1x",
         "is no sysctl's name"},
        {sysctl(R"("net/../kernel/panic": "1")"), "/linux/sysctl/net~1..~1kernel~1panic",
         "is no sysctl's name"},
        {sysctl(R"("net.//.kernel": "1")"), "/linux/sysctl/net.~1~1.kernel", "is no sysctl's name"},
        {sysctl(R"("net..x": "1")"), "/linux/sysctl/net..x", "is no sysctl's name"},
        {sysctl(R"("": "1")"), "/linux/sysctl/", "is no sysctl's name"},
        {sysctl(R"("net. x": "1")"), "/linux/sysctl/net. x", "is no sysctl's name"},
        {sysctl(R"("net": "1")"), "/linux/sysctl/net", "is not kept per namespace"},
        {sysctl(R"("kernel.hostname": "h")"), "/linux/sysctl/kernel.hostname", "is what /hostname is for"},
        {sysctl(R"("user.max_user_namespaces": "1")"), "/linux/sysctl/user.max_user_namespaces",
         "needs a \"user\" namespace"},
        {linux_(R"("sysctl": {"net.ipv4.ip_forward": "1"})"), "/linux/sysctl/net.ipv4.ip_forward",
         "needs a \"network\" namespace"},
        {linux_(R"("sysctl": {"kernel.msgmax": "1"})"), "/linux/sysctl/kernel.msgmax", "needs a \"ipc\""},
        {linux_(R"("sysctl": {"fs.mqueue.msg_max": "1"})"), "/linux/sysctl/fs.mqueue.msg_max",
         "needs a \"ipc\""},
        {sysctl(R"("net.ipv4.ip_forward": "1\n2")"), "/linux/sysctl/net.ipv4.ip_forward", "must be one line"},
        {top(R"("domainname": "d", "linux": {"namespaces": [{"type": "uts"}],
             "sysctl": {"kernel.domainname": "e"}})"),
         "/linux/sysctl/kernel.domainname", "is set by /domainname"},
    }));

// spec: SeccompErrnoRetAction, SeccSyscallsNamesRequired, SeccompArgsIndex, SeccompArchitectures
// spec: SeccompFlags, SeccompListenerMetadata, SeccompNotifyNeedsListener, SeccompListenerPath
INSTANTIATE_TEST_SUITE_P(
    Seccomp, BadLinux,
    testing::ValuesIn(std::vector<BadConfig>{
        {seccomp(R"("defaultErrnoRet": 1)"), "/linux/seccomp/defaultErrnoRet",
         "the action is SCMP_ACT_ALLOW"},
        {syscall(R"("names": ["x"], "action": "SCMP_ACT_KILL", "errnoRet": 1)"),
         "/linux/seccomp/syscalls/0/errnoRet", "the action is SCMP_ACT_KILL"},
        {syscall(R"("names": ["x"], "action": "SCMP_ACT_ERRNO", "errnoRet": 4096)"),
         "/linux/seccomp/syscalls/0/errnoRet", "at most 4095"},
        {syscall(R"("names": ["x"], "action": "SCMP_ACT_TRACE", "errnoRet": 65536)"),
         "/linux/seccomp/syscalls/0/errnoRet", "at most 65535"},
        {syscall(R"("names": [], "action": "SCMP_ACT_LOG")"), "/linux/seccomp/syscalls/0/names",
         "at least one"},
        {syscall(R"("names": ["x", ""], "action": "SCMP_ACT_LOG")"), "/linux/seccomp/syscalls/0/names/1",
         "must not be empty"},
        {syscall(R"("names": ["x"], "action": "SCMP_ACT_LOG",
                    "args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}])"),
         "/linux/seccomp/syscalls/0/args/0/index", "from 0 to 5, got 6"},
        {seccomp(R"("architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_VAX"])"),
         "/linux/seccomp/architectures/1", "unknown architecture \"SCMP_ARCH_VAX\""},
        {seccomp(R"("flags": ["SECCOMP_FILTER_FLAG_NOPE"])"), "/linux/seccomp/flags/0", "unknown flag"},
        {seccomp(R"("listenerMetadata": "m")"), "/linux/seccomp/listenerMetadata", "without listenerPath"},
        {linux_(R"("seccomp": {"defaultAction": "SCMP_ACT_NOTIFY"})"), "/linux/seccomp/defaultAction",
         "needs listenerPath"},
        {syscall(R"("names": ["x"], "action": "SCMP_ACT_NOTIFY")"), "/linux/seccomp/syscalls/0/action",
         "needs listenerPath"},
        {linux_(R"("seccomp": {"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "a"})"),
         "/linux/seccomp/listenerPath", "must be an absolute path"},
    }));

// spec: LinuxResourcesDevicesAccess, LinuxResourcesMemoryValid, LinuxResourcesCpuBurst
// spec: LinuxResourcesCpuIdle, BlkIOWeightOrLeafWeightExist, LinuxResourcesHugetlbPageSize
// spec: LinuxResourcesPidsValid, LinuxResourcesRdmaOneRequired, LinuxResourcesUnifiedFileName
// spec: LinuxResourcesMemorySwappiness, LinuxResourcesCpuset
INSTANTIATE_TEST_SUITE_P(
    Resources, BadLinux,
    testing::ValuesIn(std::vector<BadConfig>{
        {resources(R"("devices": [{"allow": true, "type": "p"}])"), "/linux/resources/devices/0/type",
         "expected one of a, b, c"},
        {resources(R"("devices": [{"allow": true, "access": "rwx"}])"), "/linux/resources/devices/0/access",
         "must hold r, w and m only"},
        {resources(R"("devices": [{"allow": true, "major": -2}])"), "/linux/resources/devices/0/major",
         "at least -1"},
        {resources(R"("memory": {"limit": -2})"), "/linux/resources/memory/limit", "at least -1, got -2"},
        {resources(R"("memory": {"limit": 100, "swap": 99})"), "/linux/resources/memory/swap",
         "must not be below limit"},
        {resources(R"("memory": {"limit": -1, "swap": 99})"), "/linux/resources/memory/swap", "must be -1"},
        {resources(R"("memory": {"swappiness": 101})"), "/linux/resources/memory/swappiness",
         "from 0 to 100"},
        {resources(R"("cpu": {"quota": 5000, "burst": 5001})"), "/linux/resources/cpu/burst",
         "must not be above quota"},
        {resources(R"("cpu": {"quota": -2})"), "/linux/resources/cpu/quota", "at least -1"},
        {resources(R"("cpu": {"idle": 2})"), "/linux/resources/cpu/idle", "must be 0 or 1"},
        {resources(R"("cpu": {"cpus": "0-x"})"), "/linux/resources/cpu/cpus", "must be a list"},
        {resources(R"("cpu": {"mems": "0\n1"})"), "/linux/resources/cpu/mems", "must be a list"},
        {resources(R"("cpu": {"cpus": "0-"})"), "/linux/resources/cpu/cpus", "must be a list"},
        {resources(R"("cpu": {"cpus": "-1"})"), "/linux/resources/cpu/cpus", "must be a list"},
        {resources(R"("cpu": {"cpus": "0-1-2"})"), "/linux/resources/cpu/cpus", "must be a list"},
        {resources(R"("cpu": {"mems": "0,1 - 2"})"), "/linux/resources/cpu/mems", "must be a list"},
        {resources(R"("blockIO": {"weight": 9})"), "/linux/resources/blockIO/weight", "from 10 to 1000"},
        {resources(R"("blockIO": {"leafWeight": 1001})"), "/linux/resources/blockIO/leafWeight", "got 1001"},
        {resources(R"("blockIO": {"weightDevice": [{"major": 8, "minor": 0}]})"),
         "/linux/resources/blockIO/weightDevice/0/weight", "is required without leafWeight"},
        {resources(R"("blockIO": {"throttleWriteIOPSDevice": [{"major": -1, "minor": 0, "rate": 1}]})"),
         "/linux/resources/blockIO/throttleWriteIOPSDevice/0/major", "at least 0"},
        {resources(R"("hugepageLimits": [{"pageSize": "2M", "limit": 1}])"),
         "/linux/resources/hugepageLimits/0/pageSize", "got \"2M\""},
        {resources(R"("hugepageLimits": [{"pageSize": "02MB", "limit": 1}])"),
         "/linux/resources/hugepageLimits/0/pageSize", "got \"02MB\""},
        {resources(R"("hugepageLimits": [{"pageSize": "2MB", "limit": 1}, {"pageSize": "2MB", "limit": 2}])"),
         "/linux/resources/hugepageLimits/1/pageSize", "is there twice"},
        {resources(R"("network": {"priorities": [{"name": "a b", "priority": 1}]})"),
         "/linux/resources/network/priorities/0/name", "must be an interface's name"},
        {resources(R"("pids": {"limit": -2})"), "/linux/resources/pids/limit", "at least -1"},
        {resources(R"("rdma": {"mlx5_1": {}})"), "/linux/resources/rdma/mlx5_1", "needs hcaHandles or"},
        {resources(R"("unified": {"../cgroup.procs": "1"})"), "/linux/resources/unified/..~1cgroup.procs",
         "must be the name of a cgroup file"},
        {resources(R"("unified": {"": "1"})"), "/linux/resources/unified/", "must be the name"},
        {resources(R"("unified": {"..": "1"})"), "/linux/resources/unified/..", "must be the name"},
    }));

}  // namespace
}  // namespace rt::oci
