// SPDX-License-Identifier: Apache-2.0
//
// A config.json with every property, and what becomes of it without one of them.
#include <set>

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "bad_config.h"

namespace rt::oci {
namespace {

constexpr const char *kWhole = R"({
    "ociVersion": "1.3.0",
    "root": {"path": "rootfs", "readonly": true},
    "mounts": [{"destination": "/a", "type": "tmpfs", "source": "tmpfs", "options": ["ro"]}],
    "process": {
        "terminal": true, "consoleSize": {"height": 1, "width": 1}, "cwd": "/", "args": ["sh"], "env": ["A=b"],
        "user": {"uid": 1, "gid": 1, "umask": 18, "additionalGids": [5]},
        "rlimits": [{"type": "RLIMIT_CPU", "soft": 1, "hard": 1}],
        "capabilities": {"effective": [], "bounding": [], "inheritable": [], "permitted": [], "ambient": []},
        "noNewPrivileges": true, "oomScoreAdj": 1
    },
    "hostname": "h", "domainname": "d",
    "hooks": {
        "prestart": [{"path": "/h", "args": ["h"], "env": [], "timeout": 1}],
        "createRuntime": [{"path": "/h", "args": ["h"], "env": [], "timeout": 1}],
        "createContainer": [{"path": "/h", "args": ["h"], "env": [], "timeout": 1}],
        "startContainer": [{"path": "/h", "args": ["h"], "env": [], "timeout": 1}],
        "poststart": [{"path": "/h", "args": ["h"], "env": [], "timeout": 1}],
        "poststop": [{"path": "/h", "args": ["h"], "env": [], "timeout": 1}]
    },
    "annotations": {"k": "v"},
    "linux": {
        "namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "pid", "path": "/proc/1/ns/pid"},
                       {"type": "ipc"}, {"type": "network"}, {"type": "user"}, {"type": "time"}],
        "uidMappings": [{"containerID": 0, "hostID": 1, "size": 9}],
        "gidMappings": [{"containerID": 0, "hostID": 1, "size": 9}],
        "timeOffsets": {"monotonic": {"secs": 1, "nanosecs": 1}},
        "devices": [{"type": "c", "path": "/dev/x", "major": 1, "minor": 3, "fileMode": 438, "uid": 0, "gid": 0}],
        "cgroupsPath": "/x",
        "resources": {
            "devices": [{"allow": true, "type": "c", "major": 1, "minor": 3, "access": "r"}],
            "memory": {"limit": 9, "reservation": 9, "swap": 9, "swappiness": 1, "disableOOMKiller": true,
                       "useHierarchy": true, "checkBeforeUpdate": true},
            "cpu": {"shares": 2, "quota": 9000, "burst": 1, "period": 9000, "realtimeRuntime": 1,
                    "realtimePeriod": 9, "cpus": "0", "mems": "0", "idle": 0},
            "blockIO": {"weight": 10, "leafWeight": 10,
                        "weightDevice": [{"major": 8, "minor": 0, "weight": 10, "leafWeight": 10}],
                        "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 1}],
                        "throttleWriteBpsDevice": [{"major": 8, "minor": 0, "rate": 1}],
                        "throttleReadIOPSDevice": [{"major": 8, "minor": 0, "rate": 1}],
                        "throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": 1}]},
            "hugepageLimits": [{"pageSize": "2MB", "limit": 1}],
            "network": {"classID": 1, "priorities": [{"name": "lo", "priority": 1}]},
            "pids": {"limit": 9},
            "rdma": {"mlx5_1": {"hcaHandles": 1, "hcaObjects": 1}}
        },
        "sysctl": {"net.ipv4.ip_forward": "1"},
        "seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
                    "architectures": ["SCMP_ARCH_X86_64"], "flags": [],
                    "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
                                  "args": [{"index": 0, "value": 1, "valueTwo": 1, "op": "SCMP_CMP_EQ"}]}]},
        "rootfsPropagation": "slave",
        "maskedPaths": ["/m"], "readonlyPaths": ["/r"],
        "personality": {"domain": "LINUX", "flags": []}
    }
})";

/// Called REQUIRED by the specification: in the order of kWhole, lists by their only entry.
const std::set<std::string> kRequiredOnes{
    "/ociVersion",
    "/root",
    "/root/path",
    "/mounts/0/destination",
    "/process/consoleSize/height",
    "/process/consoleSize/width",
    "/process/cwd",
    "/process/args",
    "/process/rlimits/0/type",
    "/process/rlimits/0/soft",
    "/process/rlimits/0/hard",
    "/hooks/prestart/0/path",
    "/hooks/createRuntime/0/path",
    "/hooks/createContainer/0/path",
    "/hooks/startContainer/0/path",
    "/hooks/poststart/0/path",
    "/hooks/poststop/0/path",
    "/linux/namespaces/0/type",
    "/linux/uidMappings/0/containerID",
    "/linux/uidMappings/0/hostID",
    "/linux/uidMappings/0/size",
    "/linux/gidMappings/0/containerID",
    "/linux/gidMappings/0/hostID",
    "/linux/gidMappings/0/size",
    "/linux/devices/0/type",
    "/linux/devices/0/path",
    "/linux/devices/0/major",
    "/linux/devices/0/minor",
    "/linux/resources/devices/0/allow",
    "/linux/resources/blockIO/weightDevice/0/major",
    "/linux/resources/blockIO/weightDevice/0/minor",
    "/linux/resources/blockIO/throttleReadBpsDevice/0/major",
    "/linux/resources/blockIO/throttleReadBpsDevice/0/minor",
    "/linux/resources/blockIO/throttleReadBpsDevice/0/rate",
    "/linux/resources/blockIO/throttleWriteBpsDevice/0/major",
    "/linux/resources/blockIO/throttleWriteBpsDevice/0/minor",
    "/linux/resources/blockIO/throttleWriteBpsDevice/0/rate",
    "/linux/resources/blockIO/throttleReadIOPSDevice/0/major",
    "/linux/resources/blockIO/throttleReadIOPSDevice/0/minor",
    "/linux/resources/blockIO/throttleReadIOPSDevice/0/rate",
    "/linux/resources/blockIO/throttleWriteIOPSDevice/0/major",
    "/linux/resources/blockIO/throttleWriteIOPSDevice/0/minor",
    "/linux/resources/blockIO/throttleWriteIOPSDevice/0/rate",
    "/linux/resources/hugepageLimits/0/pageSize",
    "/linux/resources/hugepageLimits/0/limit",
    "/linux/resources/network/priorities/0/name",
    "/linux/resources/network/priorities/0/priority",
    "/linux/seccomp/defaultAction",
    "/linux/seccomp/syscalls/0/names",
    "/linux/seccomp/syscalls/0/action",
    "/linux/seccomp/syscalls/0/args/0/index",
    "/linux/seccomp/syscalls/0/args/0/value",
    "/linux/seccomp/syscalls/0/args/0/op",
    "/linux/personality/domain",
};

/// OPTIONAL, and another property of kWhole cannot do without.
const std::set<std::string> kLeanedOn{"/linux", "/linux/namespaces", "/linux/uidMappings",
                                      "/linux/gidMappings", "/mounts/0/type"};

/// The pointers of every member of every object below `at`, lists by their first entry.
void members(const rapidjson::Value &value, const std::string &at, std::vector<std::string> &out)
{
    if (value.IsArray() && !value.Empty()) {
        members(value[0], at + "/0", out);
    }
    if (!value.IsObject()) {
        return;
    }
    for (const auto &member : value.GetObject()) {
        const std::string below = at + "/" + member.name.GetString();
        // The names of a map are nobody's to require.
        const bool is_map = at == "/annotations" || at == "/linux/sysctl" || at == "/linux/timeOffsets" ||
                            at == "/linux/resources/rdma";
        if (!is_map) {
            out.push_back(below);
        }
        members(member.value, below, out);
    }
}

/// kWhole without what `pointer` leads to.
std::string without(const std::string &pointer)
{
    rapidjson::Document document;
    document.Parse(kWhole);
    EXPECT_TRUE(rapidjson::Pointer(pointer.c_str()).Erase(document)) << pointer;
    rapidjson::StringBuffer text;
    rapidjson::Writer<rapidjson::StringBuffer> writer(text);
    document.Accept(writer);
    return text.GetString();
}

std::vector<std::string> all_members()
{
    rapidjson::Document document;
    document.Parse(kWhole);
    EXPECT_FALSE(document.HasParseError()) << document.GetErrorOffset();
    std::vector<std::string> out;
    members(document, "", out);
    return out;
}

std::vector<Finding> errors_of(const std::string &text)
{
    Report report;
    EXPECT_TRUE(check_config(text, "config.json", report));
    std::vector<Finding> errors;
    std::ranges::copy_if(report.findings.all(), std::back_inserter(errors),
                         [](const Finding &f) { return f.severity == Severity::kError; });
    return errors;
}

TEST(Presence, OfEverythingIsFine)
{
    for (const Finding &error : errors_of(kWhole)) {
        ADD_FAILURE() << error.pointer << ": " << error.message;
    }
    EXPECT_GT(all_members().size(), 100U);
}

// spec: RequiredProperties
TEST(Presence, OfWhatIsRequiredIsAskedFor)
{
    const std::vector<std::string> all = all_members();
    for (const std::string &pointer : kRequiredOnes) {
        EXPECT_TRUE(std::ranges::count(all, pointer)) << pointer << " is not in kWhole";
        const std::vector<Finding> errors = errors_of(without(pointer));
        ASSERT_FALSE(errors.empty()) << pointer;
        EXPECT_EQ(errors[0].pointer, pointer) << errors[0].message;
    }
}

// spec: ConfigOptionalProperties
TEST(Presence, OfWhatIsOptionalIsNot)
{
    for (const std::string &pointer : all_members()) {
        if (kRequiredOnes.contains(pointer) || kLeanedOn.contains(pointer)) {
            continue;
        }
        for (const Finding &error : errors_of(without(pointer))) {
            ADD_FAILURE() << "without " << pointer << ": " << error.pointer << ": " << error.message;
        }
    }
}

}  // namespace
}  // namespace rt::oci
