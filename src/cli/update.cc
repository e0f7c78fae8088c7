// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/json.h"
#include "base/str.h"
#include "cli/command.h"
#include "container/container.h"
#include "kernel/calls_fs.h"
#include "oci/load.h"

namespace rt::cli {
namespace {

constexpr std::size_t kFileMax = std::size_t{1} << 20;

enum class Kind : std::uint8_t { kNumber, kSize, kText };

/// An option, and the property of linux.resources that it stands for.
struct Property {
    std::string_view option, object, member;
    Kind kind;
};

// clang-format off
// spec: CliUpdate
constexpr Property kProperties[] = {  // by object
    {"blkio-weight",       "blockIO", "weight",          Kind::kNumber},
    {"cpu-burst",          "cpu",     "burst",           Kind::kNumber},
    {"cpu-idle",           "cpu",     "idle",            Kind::kNumber},
    {"cpu-period",         "cpu",     "period",          Kind::kNumber},
    {"cpu-quota",          "cpu",     "quota",           Kind::kNumber},
    {"cpu-rt-period",      "cpu",     "realtimePeriod",  Kind::kNumber},
    {"cpu-rt-runtime",     "cpu",     "realtimeRuntime", Kind::kNumber},
    {"cpu-share",          "cpu",     "shares",          Kind::kNumber},
    {"cpuset-cpus",        "cpu",     "cpus",            Kind::kText},
    {"cpuset-mems",        "cpu",     "mems",            Kind::kText},
    {"kernel-memory",      "memory",  "kernel",          Kind::kSize},
    {"kernel-memory-tcp",  "memory",  "kernelTCP",       Kind::kSize},
    {"memory",             "memory",  "limit",           Kind::kSize},
    {"memory-reservation", "memory",  "reservation",     Kind::kSize},
    {"memory-swap",        "memory",  "swap",            Kind::kSize},
    {"pids-limit",         "pids",    "limit",           Kind::kNumber},
};
// clang-format on

/// The millionths that the digits behind a point are, which are taken off `text`; none when there are none or
/// more than six.
std::optional<std::int64_t> take_millionths(std::string_view &text)
{
    constexpr std::size_t kMostDigits = 6;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > kMostDigits) {
        return std::nullopt;
    }
    std::int64_t millionths = 0;
    for (std::size_t i = 0; i < kMostDigits; ++i) {
        millionths = millionths * 10 + (i < digits ? text[i] - '0' : 0);
    }
    text.remove_prefix(digits);
    return millionths;
}

/// "512m", "1.5g": bytes, or with one of k, m, g and t (and b, or ib) behind it times 1024 for each.
std::optional<std::int64_t> size_of(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < -1) {
        return std::nullopt;
    }
    std::string_view rest(end, text.data() + text.size());
    std::optional<std::int64_t> millionths;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        millionths = take_millionths(rest);
        if (!millionths || number < 0) {
            return std::nullopt;
        }
    }
    std::string unit(rest);
    std::ranges::transform(unit, unit.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
    for (const std::string_view tail : {"b", "i"}) {
        if (unit.size() > 1 && unit.ends_with(tail)) {
            unit.pop_back();
        }
    }
    constexpr std::string_view kUnits = "bkmgt";
    const std::size_t power = unit.empty() ? 0 : kUnits.find(unit);
    if (power == kUnits.npos || unit.size() > 1 || (millionths && power == 0)) {
        return std::nullopt;
    }
    const std::int64_t factor = std::int64_t{1} << (10 * power);
    const std::int64_t part = millionths.value_or(0) * factor / 1'000'000;
    if (number > (std::numeric_limits<std::int64_t>::max() - part) / factor) {
        return std::nullopt;
    }
    return number * factor + part;
}

Status put(json::Writer &out, const Property &property, const std::string &value)
{
    if (property.kind == Kind::kText) {
        out.string(value);
        return {};
    }
    std::optional<std::int64_t> number = size_of(value);
    if (!number || (property.kind == Kind::kNumber && value.find_first_not_of("-0123456789") != value.npos)) {
        return Error::input(str("option \"--", property.option, "\" takes a ",
                                property.kind == Kind::kSize ? "size, as 512m or 1.5g" : "number", ", got \"",
                                value, "\""));
    }
    out.number(*number);
    return {};
}

/// The options as the object they stand for, so that one reader knows what is wrong with either.  `more`: it
/// may be empty, since that is not all.
Result<std::string> from_options(const Arguments &arguments, bool more)
{
    json::Writer out(json::Layout::kCompact);
    std::string_view open;
    out.begin_object();
    for (const Property &property : kProperties) {
        if (!arguments.has(property.option)) {
            continue;
        }
        if (open != property.object) {
            if (!open.empty()) {
                out.end_object();
            }
            out.name(property.object).begin_object();
            open = property.object;
        }
        out.name(property.member);
        TRY(put(out, property, arguments.value(property.option)));
    }
    if (open.empty() && !more) {
        return Error::input("nothing to update").hint("see runtime update --help");
    }
    if (!open.empty()) {
        out.end_object();
    }
    out.end_object();
    return std::move(out).take();
}

/// An option whose value is a line for the schemata of a group of resctrl.
struct Schema {
    std::string_view option, start;
};
constexpr Schema kSchemata[] = {{"l3-cache-schema", "L3"}, {"mem-bw-schema", "MB:"}};

// spec: CliUpdateResctrl
Result<std::vector<std::string>> schemata_of(const Arguments &arguments)
{
    std::vector<std::string> lines;
    for (const auto &[option, start] : kSchemata) {
        if (!arguments.has(option)) {
            continue;
        }
        std::string line = arguments.value(option);
        if (!line.starts_with(start) || line.find(':') == line.npos || line.find('\n') != line.npos) {
            return Error::input(str("option \"--", option,
                                    "\" takes one line of schemata that starts with \"", start, "\", got ",
                                    json::quote(line)));
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

Result<std::string> read_resources(const std::string &file)
{
    if (file == "-") {
        return kernel::read_all(FdRef(0), kFileMax);
    }
    return kernel::read_file(kernel::kCwd, file, kFileMax);
}

}  // namespace

Result<int> update(const Globals &globals, const Arguments &arguments)
{
    TRY_LET(id, oci::ContainerId::parse(arguments.positionals[0]));
    const std::string file = arguments.value("resources");
    TRY_LET(schemata, file.empty() ? schemata_of(arguments) : std::vector<std::string>());
    TRY_LET(text, file.empty() ? from_options(arguments, !schemata.empty()) : read_resources(file));
    TRY_LET(resources, oci::load_resources(text, file.empty() ? "options" : file == "-" ? "stdin" : file));
    TRY(container::update(globals.root, id, std::move(resources), schemata));
    return 0;
}

}  // namespace rt::cli
