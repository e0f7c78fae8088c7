// SPDX-License-Identifier: Apache-2.0
#include "container/mount_table.h"

#include <charconv>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::container {
namespace {

constexpr std::size_t kMostText = 16 * 1024 * 1024;

std::string_view next_word(std::string_view &line)
{
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

/// "\040" for a blank and the like.
std::string unescape(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
            is_octal(text[i + 3])) {
            out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

/// id parent major:minor root place attributes [tag...] - type source options
bool parse_line(std::string_view line, Mounted &mounted)
{
    const std::string_view id = next_word(line);
    if (std::from_chars(id.data(), id.data() + id.size(), mounted.id).ec != std::errc()) {
        return false;
    }
    next_word(line);
    mounted.device = next_word(line);
    mounted.root = unescape(next_word(line));
    mounted.point = unescape(next_word(line));
    const std::size_t dash = line.find(" - ");
    if (dash == line.npos) {
        return false;
    }
    line.remove_prefix(dash + 3);
    mounted.type = next_word(line);
    return true;
}

}  // namespace

Result<std::vector<Mounted>> mount_table(FdRef procfs, const std::string &process)
{
    TRY_LET(text, kernel::read_file(procfs, str(process, "/mountinfo"), kMostText));
    return parse_mount_table(text);
}

std::vector<Mounted> parse_mount_table(std::string_view text)
{
    std::vector<Mounted> table;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (Mounted mounted; parse_line(line, mounted)) {
            table.push_back(std::move(mounted));
        }
    }
    return table;
}

}  // namespace rt::container
