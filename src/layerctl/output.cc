// SPDX-License-Identifier: Apache-2.0
#include "layerctl/output.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::layerctl {

Status print(std::string text)
{
    if (!text.empty() && !text.ends_with('\n')) {
        text += '\n';
    }
    return kernel::write_all(FdRef(STDOUT_FILENO), text);
}

Status print_one(const Arguments &arguments, std::string_view name, const std::string &value)
{
    if (!arguments.on("json")) {
        return print(value);
    }
    json::Writer writer(json::Layout::kIndented);
    writer.begin_object().name(name).string(value).end_object();
    return print(std::move(writer).take());
}

std::string in_columns(std::vector<std::vector<std::string>> lines)
{
    std::vector<std::size_t> widths;
    for (std::vector<std::string> &line : lines) {
        widths.resize(std::max(widths.size(), line.size()));
        for (std::size_t i = 0; i < line.size(); ++i) {
            line[i] = printable(line[i]);
            widths[i] = std::max(widths[i], line[i].size());
        }
    }
    std::string out;
    for (const std::vector<std::string> &line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            out += line[i];
            out.append(i + 1 < line.size() ? widths[i] + 2 - line[i].size() : 0, ' ');
        }
        out += '\n';
    }
    return out;
}

std::string in_units(std::uint64_t bytes)
{
    constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
    constexpr std::uint64_t kNext = 1024;
    std::size_t unit = 0;
    std::uint64_t tenths = bytes * 10;
    while (tenths >= kNext * 10 && unit + 1 < kUnits.size()) {
        tenths /= kNext;
        ++unit;
    }
    return unit == 0 ? str(bytes, " B") : str(tenths / 10, ".", tenths % 10, " ", kUnits[unit]);
}

std::string in_seconds(const std::string &time)
{
    const std::size_t fraction = time.find('.');
    const std::size_t zone =
        time.find_first_not_of("0123456789", fraction == time.npos ? fraction : fraction + 1);
    return zone == time.npos ? time : time.substr(0, fraction) + time.substr(zone);
}

std::string shortened(std::string_view digest)
{
    constexpr std::size_t kDigits = 12;
    return std::string(digest.substr(digest.find(':') + 1, kDigits));
}

}  // namespace rt::layerctl
