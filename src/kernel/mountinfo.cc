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

/// The nth word of a line, from 0 on; "" where there are not so many.
std::string_view word(std::string_view line, int n)
{
    for (; n > 0; --n) {
        const std::size_t blank = line.find(' ');
        line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
    }
    return line.substr(0, line.find(' '));
}

}  // namespace

std::string_view mount_id(std::string_view line) { return word(line, 0); }
std::string_view parent_id(std::string_view line) { return word(line, 1); }
std::string mount_point(std::string_view line) { return unescaped(word(line, 4)); }

}  // namespace rt::kernel
