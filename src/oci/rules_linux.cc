// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "base/json.h"
#include "base/str.h"
#include "oci/names.h"
#include "oci/rules.h"
#include "oci/sysctl.h"
#include "oci/validate.h"

namespace rt::oci {
namespace {

constexpr std::uint64_t kMaxId = 4294967295;  // (uid_t)-1 is no id
constexpr std::size_t kMaxMappings = 340;     // Linux 4.15, user_namespaces(7)

// spec: LinuxTimeOffsetsKnownClock, LinuxTimeOffsetsNewNamespace
void check_time_offsets(const Config &config, Findings &findings)
{
    constexpr std::uint32_t kSecond = 1000000000;
    const std::string at = "/linux/timeOffsets";
    const Namespace *time = find_namespace(config, NamespaceType::kTime);
    if (!config.linux_.time_offsets.empty() && (time == nullptr || !time->path.empty())) {
        findings.error(at, "needs a new \"time\" namespace in /linux/namespaces, without a path",
                       needs_namespace("LinuxTimeOffsetsNewNamespace", NamespaceType::kTime));
    }
    for (const auto &[clock, offset] : config.linux_.time_offsets) {
        if (clock != "monotonic" && clock != "boottime") {
            findings.error(
                at_key(at, clock), str("expected monotonic or boottime, got ", json::quote(clock)),
                {.clause = "LinuxTimeOffsetsKnownClock", .instead = "\"monotonic\" or \"boottime\""});
        }
        if (offset.nanosecs >= kSecond) {
            findings.error(at_key(at, clock) + "/nanosecs",
                           str("must be below ", kSecond, ", got ", offset.nanosecs),
                           {.clause = "LinuxTimeOffsetsSet", .instead = "whole seconds in secs"});
        }
    }
}

/// One side of the mappings: which numbers they take.
struct Side {
    std::string_view name;
    std::uint32_t IdMapping::*first;
};

bool overlap(const IdMapping &a, const IdMapping &b, std::uint32_t IdMapping::*first)
{
    const auto end = [first](const IdMapping &m) { return std::uint64_t{m.*first} + m.size; };
    return a.*first < end(b) && b.*first < end(a);
}

void check_mapping(const std::vector<IdMapping> &mappings, std::size_t i, const std::string &at,
                   std::string_view clause, Findings &findings)
{
    constexpr std::array<Side, 2> kSides = {{
        {"/containerID", &IdMapping::container_id},
        {"/hostID", &IdMapping::host_id},
    }};
    if (mappings[i].size == 0) {
        findings.error(nth(at, i) + "/size", "must be above 0",
                       {.clause = clause, .instead = "how many ids, or remove the mapping"});
        return;
    }
    for (const Side &side : kSides) {
        if (std::uint64_t{mappings[i].*side.first} + mappings[i].size > kMaxId) {
            findings.error(nth(at, i) + "/size",
                           str("must not reach past id 4294967294, got ", mappings[i].size),
                           {.clause = clause, .instead = str(kMaxId - mappings[i].*side.first, " at most")});
            return;
        }
        for (std::size_t k = 0; k < i; ++k) {
            if (mappings[k].size != 0 && overlap(mappings[i], mappings[k], side.first)) {
                findings.error(str(nth(at, i), side.name), str("overlaps ", nth(at, k)),
                               {.clause = clause, .instead = "ids that no other mapping has"});
                return;
            }
        }
    }
}

// spec: LinuxUserMappingsNamespace, LinuxUserMappingsValid
void check_mappings(const Config &config, const std::vector<IdMapping> &mappings, const std::string &at,
                    Findings &findings)
{
    const Namespace *user = find_namespace(config, NamespaceType::kUser);
    if (user == nullptr && !mappings.empty()) {
        findings.error(at, "needs a \"user\" namespace in /linux/namespaces",
                       needs_namespace("LinuxUserMappingsNamespace", NamespaceType::kUser));
    }
    if (user != nullptr && user->path.empty() && mappings.empty()) {
        findings.error(at, "is required for a new \"user\" namespace",
                       {.clause = "LinuxUserMappings",
                        .instead = R"([{"containerID": 0, "hostID": 100000, "size": 65536}])",
                        .because = kNamespaces});
    }
    check_mapping_list(mappings, at, "LinuxUserMappingsValid", findings);
}

void want_mapped(std::uint32_t id, const std::vector<IdMapping> &mappings, const std::string &at,
                 Findings &findings)
{
    const bool mapped = std::ranges::any_of(
        mappings, [id](const IdMapping &m) { return id >= m.container_id && id - m.container_id < m.size; });
    if (!mapped && !mappings.empty()) {
        findings.error(at, str(id, " is not mapped into the user namespace"),
                       {.clause = "LinuxUserMappings", .instead = "an id that a mapping has"});
    }
}

/// What somebody wants who wrote 666 and thought of octal: "438".
std::string as_octal(std::uint32_t decimal)
{
    std::uint32_t value = 0;
    for (std::uint32_t place = 1; decimal != 0; decimal /= 10, place *= 8) {
        if (decimal % 10 > 7 || place > 0777) {
            return "";
        }
        value += decimal % 10 * place;
    }
    return str(value);
}

bool has_numbers(const Device &device) { return device.type != DeviceType::kFifo; }

/// Podman copies st_mode whole, with the type of the file: that is fine where it is the device's.
// spec: DevicesModeDecimal
void check_mode(const Device &device, const std::string &at, Findings &findings)
{
    constexpr std::uint32_t kType = 0170000;
    const std::uint32_t mode = device.file_mode.value_or(0);
    const std::uint32_t own_type = device.type == DeviceType::kBlock  ? 0060000
                                   : device.type == DeviceType::kFifo ? 0010000
                                                                      : 0020000;
    if (mode > (kType | 07777) || ((mode & kType) != 0 && (mode & kType) != own_type)) {
        findings.error(at + "/fileMode", str("must be at most 4095 (octal 7777), got ", mode),
                       {.clause = "DevicesModeDecimal", .instead = as_octal(mode)});
    } else if ((mode & 07777) > 0777) {
        findings.warning(at + "/fileMode",
                         str("is decimal and sets more than rwx bits, got ", mode, " (octal 777 is 511)"),
                         {.clause = "DevicesModeDecimal", .instead = as_octal(mode)});
    }
}

// spec: DevicesPathAbs, DevicesMajMinRequired, DevicesTypeKnown
void check_device(const Device &device, const std::string &at, Findings &findings)
{
    constexpr std::int64_t kMaxMajor = 4095;  // 12 and 20 bits, linux/kdev_t.h
    constexpr std::int64_t kMaxMinor = 1048575;
    want_absolute(device.path, at + "/path", "DevicesPathAbs", findings);
    if (device.type == DeviceType::kAll) {
        findings.error(at + "/type", "expected one of b, c, p, u; got \"a\"",
                       {.clause = "DevicesTypeKnown", .instead = "one of b, c, p, u"});
        return;
    }
    const auto want_number = [&](std::optional<std::int64_t> number, std::int64_t most,
                                 std::string_view name) {
        if (has_numbers(device) && !number) {
            findings.error(str(at, '/', name), "is required for all but fifos",
                           {.clause = "DevicesMajMinRequired", .instead = str("the device's ", name)});
        } else if (number && (*number < 0 || *number > most)) {
            findings.error(str(at, '/', name), str("must be from 0 to ", most, ", got ", *number),
                           {.clause = "DevicesAvailable", .instead = str("the device's ", name)});
        }
    };
    want_number(device.major, kMaxMajor, "major");
    want_number(device.minor, kMaxMinor, "minor");
    check_mode(device, at, findings);
}

}  // namespace

// spec: LinuxUserMappings
void validate_user_ids(const Process &process, const Linux &linux_, const std::string &at, Findings &findings)
{
    const User &user = process.user;
    want_mapped(user.uid, linux_.uid_mappings, at + "/user/uid", findings);
    want_mapped(user.gid, linux_.gid_mappings, at + "/user/gid", findings);
    for (std::size_t i = 0; i < user.additional_gids.size(); ++i) {
        want_mapped(user.additional_gids[i], linux_.gid_mappings, nth(at + "/user/additionalGids", i),
                    findings);
    }
}

// spec: NSPathAbs, NSErrorOnDup
void check_namespaces(const Config &config, Findings &findings)
{
    const std::vector<Namespace> &list = config.linux_.namespaces;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string at = nth(kNamespaces, i);
        const auto first = std::ranges::find(list, list[i].type, &Namespace::type);
        if (&*first != &list[i]) {
            const std::string there = nth(kNamespaces, static_cast<std::size_t>(first - list.begin()));
            findings.error(at + "/type", str(json::quote(word_of(list[i].type)), " is already at ", there),
                           {.clause = "NSErrorOnDup", .instead = "remove it", .because = there});
        }
        if (!list[i].path.empty()) {
            want_absolute(list[i].path, at + "/path", "NSPathAbs", findings);
        }
    }
    check_time_offsets(config, findings);
}

void check_mapping_list(const std::vector<IdMapping> &mappings, const std::string &at,
                        std::string_view clause, Findings &findings)
{
    if (mappings.size() > kMaxMappings) {
        findings.error(at, str("must have at most ", kMaxMappings, " entries, has ", mappings.size()),
                       {.clause = clause, .instead = "fewer and longer ranges"});
        return;
    }
    for (std::size_t i = 0; i < mappings.size(); ++i) {
        check_mapping(mappings, i, at, clause, findings);
    }
}

void check_id_mappings(const Config &config, Findings &findings)
{
    const Linux &linux_ = config.linux_;
    check_mappings(config, linux_.uid_mappings, "/linux/uidMappings", findings);
    check_mappings(config, linux_.gid_mappings, "/linux/gidMappings", findings);
    for (std::size_t i = 0; i < linux_.devices.size(); ++i) {
        const Device &device = linux_.devices[i];
        const std::string at = nth("/linux/devices", i);
        want_mapped(device.uid.value_or(0), linux_.uid_mappings, at + "/uid", findings);
        want_mapped(device.gid.value_or(0), linux_.gid_mappings, at + "/gid", findings);
    }
    if (config.process) {
        validate_user_ids(*config.process, linux_, "/process", findings);
    }
}

// spec: DevicesErrorOnDup
void check_devices(const std::vector<Device> &devices, Findings &findings)
{
    std::set<std::tuple<DeviceType, std::int64_t, std::int64_t>> seen;
    for (std::size_t i = 0; i < devices.size(); ++i) {
        const Device &device = devices[i];
        const std::string at = nth("/linux/devices", i);
        check_device(device, at, findings);
        if (has_numbers(device) &&
            !seen.emplace(device.type, device.major.value_or(0), device.minor.value_or(0)).second) {
            findings.warning(at, "has the type, major and minor of another device",
                             {.clause = "DevicesErrorOnDup", .instead = "remove it"});
        }
    }
}

// spec: LinuxSysctlNamespaced
void check_sysctl(const Config &config, Findings &findings)
{
    constexpr std::string_view kNamespaced = "LinuxSysctlNamespaced";
    for (const auto &[key, value] : config.linux_.sysctl) {
        const std::string at = at_key("/linux/sysctl", key);
        const std::optional<std::string> path = sysctl_path(key);
        const std::optional<NamespaceType> type = path ? sysctl_namespace(*path) : std::nullopt;
        if (!path) {
            findings.error(at, "is no sysctl's name",
                           {.clause = "LinuxSysctlSet", .instead = "a name as \"net.ipv4.ip_forward\""});
        } else if (*path == "kernel/hostname") {
            findings.error(at, "is what /hostname is for",
                           {.clause = kNamespaced, .instead = str("\"hostname\": ", json::quote(value))});
        } else if (!type) {
            findings.error(at, "is not kept per namespace, so it would change the host",
                           {.clause = kNamespaced, .instead = "remove it"});
        } else if (find_namespace(config, *type) == nullptr) {
            findings.error(at,
                           str("needs a ", json::quote(word_of(*type)), " namespace in /linux/namespaces"),
                           needs_namespace(kNamespaced, *type));
        } else if (*path == "kernel/domainname" && !config.domainname.empty()) {
            findings.error(at, "is set by /domainname already",
                           {.clause = kNamespaced, .instead = "remove it"});
        }
        if (std::ranges::any_of(value,
                                [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; })) {
            findings.error(at, str("must be one line, got ", json::quote(value)),
                           {.clause = "LinuxSysctlSet", .instead = "one line"});
        }
    }
}

}  // namespace rt::oci
