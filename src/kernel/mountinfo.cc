// SPDX-License-Identifier: Apache-2.0
#include "kernel/mountinfo.h"

namespace rt::kernel {
namespace {

std::string unescaped(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size()) {
            plain +=
                static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

}  // namespace

std::string mount_point(std::string_view line)
{
    constexpr int kBefore = 4;
    for (int word = 0; word < kBefore; ++word) {
        const std::size_t blank = line.find(' ');
        line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
    }
    return unescaped(line.substr(0, line.find(' ')));
}

}  // namespace rt::kernel
