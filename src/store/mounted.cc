// SPDX-License-Identifier: Apache-2.0
//
// /proc/self/mountinfo: where containers are mounted.
#include <algorithm>
#include <string_view>

#include "kernel/calls_fs.h"
#include "store/overlay.h"

namespace rt::store {
namespace {

constexpr std::string_view kOurs = " - overlay layerctl:";

/// The word of `line` that `before` words are in front of.
std::string_view word(std::string_view line, int before)
{
    for (; before > 0; --before) {
        const std::size_t blank = line.find(' ');
        line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
    }
    return line.substr(0, line.find(' '));
}

/// "\040" is a blank.
std::string unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size()) {
            out +=
                static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0'));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

Result<std::vector<Mounted>> mounted_containers()
{
    constexpr std::size_t kMost = 1U << 28;
    constexpr int kPlace = 4;
    TRY_LET(text, kernel::read_file(kernel::kCwd, "/proc/self/mountinfo", kMost));
    std::vector<Mounted> out;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::size_t at = line.find(kOurs);
        if (at != std::string_view::npos) {
            out.push_back(
                {std::string(word(line.substr(at + kOurs.size()), 0)), unescaped(word(line, kPlace))});
        }
    }
    return out;
}

}  // namespace rt::store
