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

}  // namespace

Result<std::vector<Mounted>> mounted_containers()
{
    constexpr std::size_t kMost = 1U << 28;
    TRY_LET(text, kernel::read_file(kernel::kCwd, "/proc/self/mountinfo", kMost));
    std::vector<Mounted> out;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::size_t at = line.find(kOurs);
        if (at != std::string_view::npos) {
            const std::string_view id = line.substr(at + kOurs.size());
            out.push_back({std::string(id.substr(0, id.find(' '))), kernel::mount_point(line)});
        }
    }
    return out;
}

}  // namespace rt::store
