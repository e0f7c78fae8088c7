// SPDX-License-Identifier: Apache-2.0
#include "oci/default_config.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/json.h"
#include "oci/load.h"

namespace rt::oci {
namespace {

using json::Writer;
using Words = std::span<const std::string_view>;

enum class For : std::uint8_t { kAll, kRootful, kRootless };

struct DefaultMount {
    For whom;
    std::string_view destination, type, source;
    std::array<std::string_view, 7> options;
};

constexpr std::string_view kTtyGroup = "gid=5";

// clang-format off
// spec: DefaultFilesystems
constexpr auto kMounts = std::to_array<DefaultMount>({
    {For::kAll,      "/proc",          "proc",   "proc",   {}},
    {For::kAll,      "/dev",           "tmpfs",  "tmpfs",  {"nosuid", "strictatime", "mode=755", "size=65536k"}},
    {For::kAll,      "/dev/pts",       "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", kTtyGroup}},
    {For::kAll,      "/dev/shm",       "tmpfs",  "shm",    {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
    {For::kAll,      "/dev/mqueue",    "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
    {For::kRootful,  "/sys",           "sysfs",  "sysfs",  {"nosuid", "noexec", "nodev", "ro"}},
    {For::kRootless, "/sys",           "none",   "/sys",   {"rbind", "nosuid", "noexec", "nodev", "ro"}},
    {For::kAll,      "/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}},
});
// clang-format on

constexpr auto kCapabilities =
    std::to_array<std::string_view>({"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"});
constexpr auto kCapabilitySets = std::to_array<std::string_view>({"bounding", "effective", "permitted"});
constexpr auto kArgs = std::to_array<std::string_view>({"sh"});
constexpr auto kEnv = std::to_array<std::string_view>({
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "TERM=xterm",
});
constexpr auto kNamespaces = std::to_array<std::string_view>({"pid", "ipc", "uts", "mount"});
constexpr auto kMaskedPaths = std::to_array<std::string_view>({
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/firmware",
});
constexpr auto kReadonlyPaths = std::to_array<std::string_view>({
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
});

void write_list(Writer &w, std::string_view name, Words words)
{
    w.name(name).begin_array();
    for (const std::string_view word : words) {
        if (!word.empty()) {
            w.string(word);
        }
    }
    w.end_array();
}

void write_process(Writer &w)
{
    w.name("process").begin_object();
    w.name("terminal").boolean(true);
    w.name("user").begin_object().name("uid").number(0).name("gid").number(0).end_object();
    write_list(w, "args", kArgs);
    write_list(w, "env", kEnv);
    w.name("cwd").string("/");
    w.name("capabilities").begin_object();
    for (const std::string_view set : kCapabilitySets) {
        write_list(w, set, kCapabilities);
    }
    w.end_object();
    w.name("rlimits").begin_array().begin_object();
    w.name("type").string("RLIMIT_NOFILE").name("hard").number(1024).name("soft").number(1024);
    w.end_object().end_array();
    w.name("noNewPrivileges").boolean(true);
    w.end_object();
}

void write_mounts(Writer &w, For whom, bool tty_group)
{
    w.name("mounts").begin_array();
    for (const DefaultMount &mount : kMounts) {
        if (mount.whom != For::kAll && mount.whom != whom) {
            continue;
        }
        w.begin_object();
        w.name("destination").string(mount.destination);
        w.name("type").string(mount.type);
        w.name("source").string(mount.source);
        std::array<std::string_view, 7> words = mount.options;
        if (!tty_group) {
            std::ranges::replace(words, kTtyGroup, "");
        }
        if (!words.front().empty()) {
            write_list(w, "options", words);
        }
        w.end_object();
    }
    w.end_array();
}

void write_namespace(Writer &w, std::string_view type)
{
    w.begin_object().name("type").string(type).end_object();
}

void write_namespaces(Writer &w, const DefaultConfigOptions &options)
{
    w.name("namespaces").begin_array();
    for (const std::string_view type : kNamespaces) {
        write_namespace(w, type);
    }
    write_namespace(w, options.rootless ? "user" : "network");
    if (options.cgroup_namespace) {
        write_namespace(w, "cgroup");
    }
    w.end_array();
}

void write_mapping(Writer &w, std::string_view name, std::uint32_t host_id)
{
    w.name(name).begin_array().begin_object();
    w.name("containerID").number(0).name("hostID").number(host_id).name("size").number(1);
    w.end_object().end_array();
}

void write_linux(Writer &w, const DefaultConfigOptions &options)
{
    w.name("linux").begin_object();
    if (options.rootless) {
        write_mapping(w, "uidMappings", options.rootless->uid);
        write_mapping(w, "gidMappings", options.rootless->gid);
    } else {
        w.name("resources").begin_object().name("devices").begin_array().begin_object();
        w.name("allow").boolean(false).name("access").string("rwm");
        w.end_object().end_array().end_object();
    }
    write_namespaces(w, options);
    write_list(w, "maskedPaths", kMaskedPaths);
    write_list(w, "readonlyPaths", kReadonlyPaths);
    w.end_object();
}

}  // namespace

// spec: RootPathOnPosixConvention
std::string default_config(const DefaultConfigOptions &options)
{
    Writer w(json::Layout::kIndented);
    w.begin_object();
    w.name("ociVersion").string(kVersionMax);
    write_process(w);
    w.name("root").begin_object().name("path").string("rootfs").name("readonly").boolean(true).end_object();
    w.name("hostname").string("runtime");
    write_mounts(w, options.rootless ? For::kRootless : For::kRootful,
                 options.tty_group && !options.rootless);
    write_linux(w, options);
    w.end_object();
    return std::move(w).take() + '\n';
}

}  // namespace rt::oci
