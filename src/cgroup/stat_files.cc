// SPDX-License-Identifier: Apache-2.0
#include "cgroup/stat_files.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>

#include "cgroup/tree.h"
#include "kernel/calls_fs.h"

namespace rt::cgroup {
namespace {

constexpr std::size_t kFileMax = std::size_t{1} << 20;

/// "8:0" of a line about a device.
bool read_device(std::string_view word, DeviceCount &count)
{
    const std::size_t colon = std::min(word.find(':'), word.size());
    const auto major = count_of(word.substr(0, colon));
    const auto minor = count_of(word.substr(std::min(colon + 1, word.size())));
    count.major = major.value_or(0);
    count.minor = minor.value_or(0);
    return major && minor;
}

}  // namespace

Result<StatFiles> StatFiles::open(const CgroupRecord &record)
{
    std::vector<Fd> dirs;
    for (const bool v2 : {false, true}) {
        for (const std::string &path : record.dirs) {
            if ((path == record.unified) == v2) {
                TRY_LET(dir, open_dir(path));
                if (dir.open()) {
                    dirs.push_back(std::move(dir));
                }
            }
        }
    }
    return StatFiles(std::move(dirs));
}

const std::string &StatFiles::text(const std::string &file)
{
    const auto [at, fresh] = texts_.try_emplace(file);
    for (auto dir = dirs_.begin(); fresh && dir != dirs_.end(); ++dir) {
        auto text = kernel::read_file(*dir, file, kFileMax);
        if (text) {
            at->second = std::move(text).take();
            at->second.resize(at->second.size() - (at->second.ends_with('\n') ? 1 : 0));
            break;
        }
    }
    return at->second;
}

Result<std::vector<std::string>> StatFiles::between(std::string_view front, std::string_view back) const
{
    std::vector<std::string> found;
    for (const Fd &dir : dirs_) {
        auto listed = kernel::list(dir);
        if (!listed && (listed.error().err() == ENOENT || listed.error().err() == ENODEV)) {
            continue;  // removed meanwhile
        }
        TRY_LET(entries, std::move(listed));
        for (const kernel::DirEntry &entry : entries) {
            const std::string_view name = entry.name;
            if (name.size() > front.size() + back.size() && name.starts_with(front) && name.ends_with(back)) {
                found.emplace_back(name.substr(front.size(), name.size() - front.size() - back.size()));
            }
        }
    }
    std::ranges::sort(found);
    return found;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(separator));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        if (!part.empty()) {
            parts.push_back(part);
        }
    }
    return parts;
}

std::optional<std::uint64_t> count_of(std::string_view text)
{
    if (text == "max") {
        return std::numeric_limits<std::uint64_t>::max();
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::vector<std::uint64_t> ids_of(std::string_view list)
{
    constexpr std::uint64_t kMost = 1 << 16;  // more than any kernel has
    std::vector<std::uint64_t> ids;
    for (const std::string_view range : split(list, ',')) {
        const std::size_t dash = range.find('-');
        const auto first = count_of(range.substr(0, dash));
        const auto last = dash == range.npos ? first : count_of(range.substr(dash + 1));
        if (!first || !last || *last >= kMost) {
            return {};
        }
        for (std::uint64_t id = *first; id <= *last; ++id) {
            ids.push_back(id);
        }
    }
    return ids;
}

std::vector<NamedLine> named_lines(std::string_view text)
{
    std::vector<NamedLine> lines;
    for (const std::string_view line : split(text, '\n')) {
        const auto words = split(line, ' ');
        NamedLine named{words.empty() ? std::string_view() : words[0], {}};
        for (std::size_t i = 1; i < words.size(); ++i) {
            if (const std::size_t equal = words[i].find('='); equal != line.npos) {
                named.pairs.push_back({words[i].substr(0, equal), words[i].substr(equal + 1)});
            }
        }
        lines.push_back(std::move(named));
    }
    return lines;
}

std::vector<DeviceCount> device_counts(std::string_view text)
{
    std::vector<DeviceCount> counts;
    for (const std::string_view line : split(text, '\n')) {
        const auto words = split(line, ' ');
        DeviceCount count;
        if (words.size() < 2 || words.size() > 3 || !read_device(words[0], count)) {
            continue;
        }
        count.op = words.size() == 3 ? words[1] : std::string_view();
        if (const auto value = count_of(words.back())) {
            count.value = *value;
            counts.push_back(count);
        }
    }
    return counts;
}

std::vector<DeviceCount> device_counts(std::string_view text, std::string_view key, std::string_view op)
{
    std::vector<DeviceCount> counts;
    for (const NamedLine &line : named_lines(text)) {
        DeviceCount count{.op = op};
        if (!read_device(line.name, count)) {
            continue;
        }
        for (const auto &[name, text_of_value] : line.pairs) {
            if (const auto value = count_of(text_of_value); value && name == key) {
                count.value = *value;
                counts.push_back(count);
            }
        }
    }
    return counts;
}

}  // namespace rt::cgroup
