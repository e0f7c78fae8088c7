// SPDX-License-Identifier: Apache-2.0
//
// The files in which the kernel counts what a cgroup uses, and the shapes of their texts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cgroup/cgroup.h"

namespace rt::cgroup {

/// The files of a container's cgroup, in whichever hierarchy they are.  Each is read once: all that is taken
/// from one file is of the same moment.
class StatFiles {
public:
    /// Directories that are gone are left out.
    static Result<StatFiles> open(const CgroupRecord &record);
    /// A name that two directories have is that of the first: v1 before v2.
    explicit StatFiles(std::vector<Fd> dirs) : dirs_(std::move(dirs)) {}

    /// Without the last newline; "" where the kernel has no such file, or has turned it off.
    const std::string &text(const std::string &file);
    /// What stands between `front` and `back` in the names of files, sorted: "2MB" of "hugetlb.2MB.current".
    Result<std::vector<std::string>> between(std::string_view front, std::string_view back) const;

private:
    std::vector<Fd> dirs_;
    std::map<std::string, std::string> texts_;
};

/// The parts of `text` between separators, empty ones left out.
std::vector<std::string_view> split(std::string_view text, char separator);

/// A number without a sign; "max" is the largest.
std::optional<std::uint64_t> count_of(std::string_view text);

/// "0-2,5" as {0, 1, 2, 5}; nothing of what is no list of processors or nodes.
std::vector<std::uint64_t> ids_of(std::string_view list);

/// A line "name key=value key=value"; `name` may have been empty of values.
struct NamedLine {
    struct Pair {
        std::string_view key, value;
    };
    std::string_view name;
    std::vector<Pair> pairs;
};
/// io.stat, rdma.current, cpu.pressure: the lines point into `text`.
std::vector<NamedLine> named_lines(std::string_view text);

/// What a device did, as blkio of v1 and io.stat of v2 have it.
struct DeviceCount {
    std::uint64_t major = 0, minor = 0;
    std::string_view op;  ///< "Read", "Write", ...; "" where the kernel does not tell them apart
    std::uint64_t value = 0;
    bool operator==(const DeviceCount &) const = default;
};
/// blkio.*: "8:0 Read 4096" or "8:0 4096" on a line; "Total 4096", of all devices, is left out.
std::vector<DeviceCount> device_counts(std::string_view text);
/// The same of io.stat, for one word of its lines: "rbytes" as the operation "Read".
std::vector<DeviceCount> device_counts(std::string_view text, std::string_view key, std::string_view op);

}  // namespace rt::cgroup
