// SPDX-License-Identifier: Apache-2.0
//
// /proc/self/mountinfo: where containers are mounted.
#include <algorithm>
#include <string_view>

#include "kernel/calls_fs.h"
#include "kernel/mountinfo.h"
#include "store/overlay.h"

namespace rt::store {
namespace {

constexpr std::string_view kOurs = " - overlay layerctl:";

std::vector<std::string_view> lines_of(std::string_view text)
{
    std::vector<std::string_view> out;
    while (!text.empty()) {
        out.push_back(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(out.back().size() + 1, text.size()));
    }
    return out;
}

bool is_covered(std::string_view line, const std::vector<std::string_view> &all)
{
    return std::ranges::any_of(all, [&](std::string_view other) {
        return kernel::parent_id(other) == kernel::mount_id(line) &&
               kernel::mount_point(other) == kernel::mount_point(line);
    });
}

}  // namespace

Result<std::vector<Mounted>> mounted_containers()
{
    constexpr std::size_t kMost = 1U << 28;
    TRY_LET(text, kernel::read_file(kernel::kCwd, "/proc/self/mountinfo", kMost));
    const std::vector<std::string_view> lines = lines_of(text);
    std::vector<Mounted> out;
    for (const std::string_view line : lines) {
        if (const std::size_t at = line.find(kOurs); at != std::string_view::npos) {
            const std::string_view id = line.substr(at + kOurs.size());
            out.push_back({std::string(id.substr(0, id.find(' '))), kernel::mount_point(line),
                           is_covered(line, lines)});
        }
    }
    return out;
}

}  // namespace rt::store
