// SPDX-License-Identifier: Apache-2.0
#include "options/command.h"

#include <algorithm>

#include "base/json.h"
#include "base/str.h"
#include "oci/nearest.h"
#include "options/parse.h"

namespace rt::options {
namespace {

constexpr std::size_t kGap = 2;

std::string left_of(const Command &command)
{
    return command.synopsis.empty() ? std::string(command.name) : str(command.name, ' ', command.synopsis);
}

std::string rows(const std::vector<Command> &commands)
{
    std::size_t width = 0;
    for (const Command &command : commands) {
        width = std::max(width, left_of(command).size());
    }
    std::string out;
    for (const Command &command : commands) {
        const std::string left = left_of(command);
        out += str("  ", left, std::string(width - left.size() + kGap, ' '), command.summary, '\n');
    }
    return out;
}

}  // namespace

// spec: CliUnknown
Result<std::size_t> find(const std::vector<Command> &commands, std::string_view name,
                         std::span<const Habit> habits)
{
    const auto at = std::ranges::find(commands, name, &Command::name);
    if (at != commands.end()) {
        return static_cast<std::size_t>(at - commands.begin());
    }
    Error error = Error::input(str("unknown command ", json::quote(name)));
    if (const std::string_view instead = instead_of(habits, "", name); !instead.empty()) {
        return std::move(error).hint(std::string(instead));
    }
    std::vector<std::string_view> names;
    std::ranges::transform(commands, std::back_inserter(names), &Command::name);
    const std::string_view likely = oci::nearest(name, names);
    return std::move(error).hint(likely.empty() ? std::string("see --help")
                                                : str("did you mean ", likely, "?"));
}

Result<Arguments> read(const Command &command, std::string_view program, std::span<char *const> args,
                       Order order, std::span<const Habit> habits)
{
    std::span<char *const> rest;
    TRY_LET(arguments, parse(command.options, args, order, &rest, {command.name, habits}));
    arguments.positionals.insert(arguments.positionals.end(), rest.begin(), rest.end());
    const std::size_t count = arguments.positionals.size();
    const bool too_many = command.max_positionals != kAnyNumber && count > command.max_positionals;
    if (!arguments.on("help") && (count < command.min_positionals || too_many)) {
        const std::string_view takes = command.synopsis.empty() ? "no arguments" : command.synopsis;
        return Error::input(str("takes ", takes)).hint(str("see ", program, ' ', command.name, " --help"));
    }
    return arguments;
}

std::string help(std::string_view program, std::string_view purpose, const std::vector<Command> &commands,
                 std::span<const Option> globals)
{
    return str("Usage: ", program, " [OPTION]... COMMAND [OPTION]... [ARGUMENT]...\n\n", purpose,
               "\n\nCommands:\n", rows(commands), "\nOptions:\n", options::rows(globals));
}

// spec: CliHelp
std::string help(std::string_view program, const Command &command, std::string_view more)
{
    const std::string_view blank = command.synopsis.empty() ? "" : " ";
    std::string out =
        str("Usage: ", program, ' ', command.name, " [OPTION]...", blank, command.synopsis, "\n\n");
    const std::size_t summary = out.size();
    out += str(command.summary, "\n\n", more, "Options:\n", options::rows(command.options));
    out[summary] = static_cast<char>(out[summary] & ~0x20);  // the tables' lines begin in lower case
    return out;
}

}  // namespace rt::options
