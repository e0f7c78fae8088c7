// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <optional>

#include "base/json.h"
#include "base/str.h"
#include "cli/command.h"
#include "container/container.h"
#include "kernel/calls_fs.h"
#include "oci/load.h"
#include "options/size.h"

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

std::optional<std::int64_t> amount_of(Kind kind, const std::string &text)
{
    if (kind == Kind::kSize && text != "-1") {
        return options::size_of(text);
    }
    std::int64_t number = 0;
    const char *const all = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), all, number);
    return error == std::errc() && end == all ? std::optional(number) : std::nullopt;
}

Status put(json::Writer &out, const Property &property, const std::string &value)
{
    if (property.kind == Kind::kText) {
        out.string(value);
        return {};
    }
    const std::optional<std::int64_t> number = amount_of(property.kind, value);
    if (!number) {
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
