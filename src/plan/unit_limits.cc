// SPDX-License-Identifier: Apache-2.0
//
// The files of a cgroup in the words of systemd.resource-control(5): a row for each.
#include <algorithm>
#include <charconv>
#include <optional>

#include "base/str.h"
#include "oci/number_list.h"
#include "plan/cgroup.h"
#include "plan/unit.h"

namespace rt::plan {
namespace {

constexpr std::uint64_t kInfinity = UINT64_MAX;
constexpr int kIdleWeight = 252;   // the version that knows CPUWeight=idle
constexpr int kQuotaPeriod = 242;  // and CPUQuotaPeriodSec
constexpr int kCpuset = 244;       // and AllowedCPUs
constexpr int kZswap = 253;        // and MemoryZSwapMax
constexpr std::string_view kBlanks = " \t\n";

/// Everything that is written to the cgroups of one version, and what it means to systemd so far.
struct Limits {
    const std::vector<CgroupWrite> &writes;
    const Systemd &systemd;
    std::vector<Property> out;

    void put(const char *name, dbus::Value value) { out.push_back({name, std::move(value)}); }
    /// What goes into `file`; "" when nothing does.
    std::string_view value_of(std::string_view file) const
    {
        const auto write = std::ranges::find(writes, file, &CgroupWrite::file);
        return write == writes.end() ? std::string_view() : std::string_view(write->value);
    }
};

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
    return whole ? std::optional(value) : std::nullopt;
}

/// A count; "max" and -1 are no limit.
std::optional<std::uint64_t> limit(std::string_view text)
{
    return text == "max" || text == "-1" ? std::optional(kInfinity) : number(text);
}

/// The same of bytes, which the kernel takes with a unit too: "12M".
std::optional<std::uint64_t> bytes(std::string_view text)
{
    constexpr std::string_view kUnits = "kmgtpeKMGTPE";
    const std::size_t unit = text.empty() ? kUnits.npos : kUnits.find(text.back());
    if (unit == kUnits.npos) {
        return limit(text);
    }
    const std::size_t shift = 10 * (unit % (kUnits.size() / 2) + 1);
    const auto count = number(text.substr(0, text.size() - 1));
    return count && *count <= kInfinity >> shift ? std::optional(*count << shift) : std::nullopt;
}

struct Row {
    const char *file;
    const char *property;
    void (*put)(const char *property, std::string_view value, Limits &limits);
};

template <int kVersion = 0>
void put_bytes(const char *property, std::string_view value, Limits &limits)
{
    if (const auto most = bytes(value); most && limits.systemd.version >= kVersion) {
        limits.put(property, dbus::uint64(*most));
    }
}

void put_positive(const char *property, std::string_view value, Limits &limits)
{
    if (const auto most = bytes(value); most && *most > 0) {
        limits.put(property, dbus::uint64(*most));
    }
}

/// systemd takes no 0 for a byte that has to be left, nor for a task: the file has the 0.
void put_one_or_more(const char *property, std::string_view value, Limits &limits)
{
    if (const auto most = bytes(value)) {
        limits.put(property, dbus::uint64(std::max<std::uint64_t>(*most, 1)));
    }
}

template <std::uint64_t kLeast, std::uint64_t kMost>
void put_weight(const char *property, std::string_view value, Limits &limits)
{
    value.remove_prefix(value.starts_with("default ") ? sizeof("default ") - 1 : 0);
    if (const auto weight = number(value); weight && *weight >= kLeast && *weight <= kMost) {
        limits.put(property, dbus::uint64(*weight));
    }
}

/// The kernel takes any number of shares, and the nearest that it can keep.
void put_shares(const char *property, std::string_view value, Limits &limits)
{
    constexpr std::uint64_t kLeast = 2, kMost = 262144;
    if (const auto shares = number(value)) {
        limits.put(property, dbus::uint64(std::clamp(*shares, kLeast, kMost)));
    }
}

void put_idle(const char *property, std::string_view value, Limits &limits)
{
    if (value == "1" && limits.systemd.version >= kIdleWeight) {
        limits.put(property, dbus::uint64(0));
    }
}

/// Whole percents, upwards: systemd keeps no more of it, and rounds down when it is reloaded.
void put_quota(std::optional<std::uint64_t> quota, std::optional<std::uint64_t> period, Limits &limits)
{
    constexpr std::uint64_t kSecond = 1'000'000, kPercent = kSecond / 100, kPeriod = 100'000;
    const std::uint64_t length = period.value_or(0) == 0 ? kPeriod : *period;
    if (quota && *quota != kInfinity && *quota > kInfinity / kSecond) {
        return;
    }
    if (quota && *quota > 0) {
        const std::uint64_t exact = *quota == kInfinity ? 0 : (*quota * kSecond + length - 1) / length;
        limits.put(
            "CPUQuotaPerSecUSec",
            dbus::uint64(*quota == kInfinity ? kInfinity : (exact + kPercent - 1) / kPercent * kPercent));
    }
    if (period && *period > 0 && limits.systemd.version >= kQuotaPeriod) {
        limits.put("CPUQuotaPeriodUSec", dbus::uint64(*period));
    }
}

/// "QUOTA PERIOD"
void put_cpu_max(const char * /*property*/, std::string_view value, Limits &limits)
{
    const std::size_t blank = std::min(value.find(' '), value.size());
    put_quota(limit(value.substr(0, blank)),
              blank < value.size() ? number(trimmed(value.substr(blank + 1), kBlanks)) : std::nullopt,
              limits);
}

void put_v1_quota(const char * /*property*/, std::string_view value, Limits &limits)
{
    put_quota(limit(value), number(limits.value_of("cpu.cfs_period_us")), limits);
}

/// The kernel takes any number of commas and blanks between two ranges.
std::string with_single_commas(std::string_view list)
{
    std::string out;
    for (const char c : list) {
        if (c != ',' && kBlanks.find(c) == kBlanks.npos) {
            out += c;
        } else if (!out.empty() && out.back() != ',') {
            out += ',';
        }
    }
    out.resize(out.find_last_not_of(',') + 1);
    return out;
}

/// A bit for each processor or node, without the zeros at the end.
void put_list(const char *property, std::string_view value, Limits &limits)
{
    const auto list = oci::NumberList::parse(with_single_commas(value));
    if (list && !list->empty() && limits.systemd.version >= kCpuset) {
        std::string mask = list->mask();
        mask.resize(mask.find_last_not_of('\0') + 1);
        limits.put(property, dbus::bytes(mask));
    }
}

/// A value for the device "8:0".
void put_device(const char *property, std::string_view device, std::uint64_t value, Limits &limits)
{
    limits.put(property,
               dbus::array("(st)",
                           {dbus::structure({dbus::text(str("/dev/block/", device)), dbus::uint64(value)})}));
}

void put_v1_device(const char *property, std::string_view value, Limits &limits)
{
    const std::size_t blank = std::min(value.find(' '), value.size() - 1);
    if (const auto rate = number(value.substr(blank + 1))) {
        put_device(property, value.substr(0, blank), *rate, limits);
    }
}

/// "100", "default 100" or "8:0 100"
void put_io_weight(const char * /*property*/, std::string_view value, Limits &limits)
{
    const std::size_t blank = value.find(' ');
    if (blank == value.npos || value.starts_with("default ")) {
        put_weight<1, 10000>("IOWeight", value, limits);
    } else {
        put_v1_device("IODeviceWeight", value, limits);
    }
}

struct Rate {
    std::string_view key;
    const char *property;
};
constexpr Rate kRates[] = {
    {"rbps=", "IOReadBandwidthMax"},
    {"wbps=", "IOWriteBandwidthMax"},
    {"riops=", "IOReadIOPSMax"},
    {"wiops=", "IOWriteIOPSMax"},
};

/// "8:0 rbps=1000 wiops=max"
void put_io_max(const char * /*property*/, std::string_view value, Limits &limits)
{
    const std::string_view device = value.substr(0, value.find(' '));
    for (const Rate &rate : kRates) {
        const std::size_t at = value.find(str(' ', rate.key));
        if (at == value.npos) {
            continue;
        }
        std::string_view word = value.substr(at + 1 + rate.key.size());
        word = word.substr(0, word.find(' '));
        if (const auto most = limit(word)) {
            put_device(rate.property, device, *most, limits);
        }
    }
}

// spec: SystemdLimits
constexpr Row kV2[] = {
    {"memory.max", "MemoryMax", put_positive},
    {"memory.high", "MemoryHigh", put_one_or_more},
    {"memory.low", "MemoryLow", put_bytes},
    {"memory.min", "MemoryMin", put_bytes},
    {"memory.swap.max", "MemorySwapMax", put_bytes},
    {"memory.zswap.max", "MemoryZSwapMax", put_bytes<kZswap>},
    {"cpu.weight", "CPUWeight", put_weight<1, 10000>},
    {"cpu.idle", "CPUWeight", put_idle},
    {"cpu.max", "", put_cpu_max},
    {"cpuset.cpus", "AllowedCPUs", put_list},
    {"cpuset.mems", "AllowedMemoryNodes", put_list},
    {"pids.max", "TasksMax", put_one_or_more},
    {"io.weight", "IOWeight", put_io_weight},
    {"io.max", "", put_io_max},
};

// spec: SystemdLimits
constexpr Row kV1[] = {
    {"memory.limit_in_bytes", "MemoryLimit", put_positive},
    {"cpu.shares", "CPUShares", put_shares},
    {"cpu.cfs_quota_us", "", put_v1_quota},
    {"pids.max", "TasksMax", put_one_or_more},
    {"blkio.weight", "BlockIOWeight", put_weight<10, 1000>},
    {"blkio.weight_device", "BlockIODeviceWeight", put_v1_device},
    {"blkio.throttle.read_bps_device", "BlockIOReadBandwidth", put_v1_device},
    {"blkio.throttle.write_bps_device", "BlockIOWriteBandwidth", put_v1_device},
};

}  // namespace

std::vector<Property> unit_limits(const CgroupPlan &plan, const CgroupHost &host, const Systemd &systemd)
{
    std::vector<Property> all;
    for (const CgroupDir &dir : plan.dirs) {
        const bool v2 = host.hierarchies[dir.hierarchy].v2;
        Limits limits{dir.writes, systemd, {}};
        for (const CgroupWrite &write : dir.writes) {
            for (const Row &row : v2 ? std::span<const Row>(kV2) : std::span<const Row>(kV1)) {
                if (write.file == row.file || write.instead == row.file) {
                    const std::string_view value = write.file == row.file ? write.value : write.instead_value;
                    row.put(row.property, trimmed(value, kBlanks), limits);
                }
            }
        }
        std::ranges::move(limits.out, std::back_inserter(all));
    }
    return all;
}

}  // namespace rt::plan
