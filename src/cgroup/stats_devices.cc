// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/str.h"
#include "cgroup/stat_sheet.h"

namespace rt::cgroup {
namespace {

// clang-format off
// spec: CliEventsStats
struct DeviceFile {
    const char *name;
    const char *v1;  ///< between "blkio.", or "blkio.bfq.", and "_recursive": whichever scheduler there is
};
constexpr DeviceFile kDeviceFiles[] = {
    {"ioServiceBytesRecursive", "io_service_bytes"},
    {"ioServicedRecursive",     "io_serviced"},
    {"ioQueueRecursive",        "io_queued"},
    {"ioServiceTimeRecursive",  "io_service_time"},
    {"ioWaitTimeRecursive",     "io_wait_time"},
    {"ioMergedRecursive",       "io_merged"},
    {"ioTimeRecursive",         "time"},
    {"sectorsRecursive",        "sectors"},
};
// The words of io.stat in v1's terms.
struct DeviceWord {
    const char *name, *key, *op;
};
constexpr DeviceWord kDeviceWords[] = {
    {"ioServiceBytesRecursive", "rbytes", "Read"},
    {"ioServiceBytesRecursive", "wbytes", "Write"},
    {"ioServiceBytesRecursive", "dbytes", "Discard"},
    {"ioServicedRecursive",     "rios",   "Read"},
    {"ioServicedRecursive",     "wios",   "Write"},
    {"ioServicedRecursive",     "dios",   "Discard"},
};
// clang-format on

/// The first of the files that has anything to say.
std::vector<DeviceCount> devices(Sheet &sheet, const DeviceFile &file)
{
    const std::string names[] = {
        str("blkio.bfq.", std::string_view(file.v1), "_recursive"),
        str("blkio.", std::string_view(file.v1), "_recursive"),
        str("blkio.throttle.", std::string_view(file.v1), "_recursive"),
        str("blkio.throttle.", std::string_view(file.v1)),
    };
    for (const std::string &name : names) {
        if (auto counts = device_counts(sheet.files().text(name)); !counts.empty()) {
            return counts;
        }
    }
    std::vector<DeviceCount> all;
    for (const DeviceWord &word : kDeviceWords) {
        if (std::string_view(word.name) == file.name) {
            const auto counts = device_counts(sheet.files().text("io.stat"), word.key, word.op);
            all.insert(all.end(), counts.begin(), counts.end());
        }
    }
    return all;
}

}  // namespace

void write_blkio(Sheet &sheet)
{
    sheet.out().name("blkio").begin_object();
    for (const DeviceFile &file : kDeviceFiles) {
        const auto counts = devices(sheet, file);
        if (counts.empty()) {
            continue;
        }
        sheet.out().name(file.name).begin_array();
        for (const DeviceCount &count : counts) {
            sheet.out().begin_object();
            sheet.out().name("major").number_unsigned(count.major).name("minor").number_unsigned(count.minor);
            if (!count.op.empty()) {
                sheet.out().name("op").string(count.op);
            }
            sheet.out().name("value").number_unsigned(count.value).end_object();
        }
        sheet.out().end_array();
    }
    sheet.psi("io.pressure");
    sheet.out().end_object();
}

/// Where v1 counts reservations, they are what a limit holds for.
Status write_hugetlb(Sheet &sheet)
{
    TRY_LET(sizes, sheet.files().between("hugetlb.", ".usage_in_bytes"));
    TRY_LET(v2_sizes, sheet.files().between("hugetlb.", ".current"));
    sizes.insert(sizes.end(), v2_sizes.begin(), v2_sizes.end());
    sheet.out().name("hugetlb").begin_object();
    for (const std::string &size : sizes) {
        if (size.ends_with(".rsvd")) {
            continue;
        }
        const std::string plain = str("hugetlb.", size), reserved = plain + ".rsvd";
        const std::string &v1 = sheet.files().text(reserved + ".usage_in_bytes").empty() ? plain : reserved;
        const std::string usage = v1 + ".usage_in_bytes", max = v1 + ".max_usage_in_bytes",
                          failed = v1 + ".failcnt", current = plain + ".current", events = plain + ".events";
        const Number table[] = {
            {"usage", Print::kUnlessZero, {{usage.c_str()}, {current.c_str()}}},
            {"max", Print::kUnlessZero, {{max.c_str()}}},
            {"failcnt", Print::kAlways, {{failed.c_str()}, {events.c_str(), "max"}}},
        };
        sheet.object(size, table);
    }
    sheet.out().end_object();
    return {};
}

void write_rdma(Sheet &sheet)
{
    constexpr std::pair<const char *, const char *> kFiles[] = {{"current", "rdma.current"},
                                                                {"limit", "rdma.max"}};
    if (sheet.files().text("rdma.current").empty()) {
        return;
    }
    sheet.out().name("rdma").begin_object();
    for (const auto &[name, file] : kFiles) {
        sheet.out().name(name).begin_object();
        for (const NamedLine &line : named_lines(sheet.files().text(file))) {
            sheet.out().name(line.name).begin_object();
            for (const auto &[key, value] : line.pairs) {
                sheet.out().name(key).number_unsigned(count_of(value).value_or(0));
            }
            sheet.out().end_object();
        }
        sheet.out().end_object();
    }
    sheet.out().end_object();
}

void write_misc(Sheet &sheet)
{
    if (sheet.files().text("misc.current").empty()) {
        return;
    }
    sheet.out().name("misc").begin_object();
    sheet.whole("current", "misc.current");
    sheet.whole("limit", "misc.max");
    sheet.whole("events", "misc.events");
    sheet.out().end_object();
}

}  // namespace rt::cgroup
