// SPDX-License-Identifier: Apache-2.0
#include "cgroup/memory_limit.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

constexpr std::size_t kMostText = 4096;
/// memory.limit_in_bytes is the nearest multiple of a page below 2^63 where there is none.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;

/// cgroup-v2 and v1/memory of the kernel's documentation.
struct Files {
    const char *limit, *events;
};
constexpr Files kFiles[] = {
    {"memory.max", "memory.events"},
    {"memory.limit_in_bytes", "memory.oom_control"},
};

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() ? std::optional(value) : std::nullopt;
}

/// Of a file with a line "oom_kill N".
std::uint64_t kills(const std::string &path)
{
    constexpr std::string_view kKey = "\noom_kill ";
    const auto text = kernel::read_file(kernel::kCwd, path, kMostText);
    const std::string lines = str('\n', text ? std::string_view(*text) : "");
    const std::size_t at = lines.find(kKey);
    return at == lines.npos ? 0 : number(std::string_view(lines).substr(at + kKey.size())).value_or(0);
}

}  // namespace

// spec: ErrorsKilled
std::optional<MemoryLimit> memory_limit(const CgroupRecord &record)
{
    for (const std::string &dir : record.dirs) {
        for (const Files &files : kFiles) {
            const auto text = kernel::read_file(kernel::kCwd, str(dir, '/', files.limit), kMostText);
            const auto bytes = text ? number(*text) : std::nullopt;
            if (bytes && *bytes < kNoLimit) {
                return MemoryLimit{files.limit, *bytes, kills(str(dir, '/', files.events))};
            }
        }
    }
    return std::nullopt;
}

bool removed(const CgroupRecord &record)
{
    return !record.dirs.empty() && std::ranges::none_of(record.dirs, [](const std::string &dir) {
        return kernel::faccessat(kernel::kCwd, dir, F_OK).ok();
    });
}

}  // namespace rt::cgroup
