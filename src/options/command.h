// SPDX-License-Identifier: Apache-2.0
//
// The part of a program's table of commands that is the same for every program: what reading a command line,
// --help, manual pages and completions take.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "options/options.h"

namespace rt::options {

/// max_positionals of a command that takes any number.
inline constexpr std::uint8_t kAnyNumber = 255;

struct Command {
    std::string_view name;
    std::string_view synopsis;  ///< what follows the options: "ID [SIGNAL]"
    std::string_view summary;   ///< one line, in lower case
    std::span<const Option> options;
    std::uint8_t min_positionals, max_positionals;
};

/// The commands of a program, whatever else its own table says of them.
template <typename Own>
std::vector<Command> described(std::span<const Own> commands)
{
    return {commands.begin(), commands.end()};
}

/// Where `name` stands among the commands; an error names the one that was likely meant.
Result<std::size_t> find(const std::vector<Command> &commands, std::string_view name,
                         std::span<const Habit> habits = {});

/// The command's own part of a command line.  With --help among it, positionals are not counted.
Result<Arguments> read(const Command &command, std::string_view program, std::span<char *const> args,
                       Order order, std::span<const Habit> habits = {});

/// What --help of a program says: `purpose` is a sentence.
std::string help(std::string_view program, std::string_view purpose, const std::vector<Command> &commands,
                 std::span<const Option> globals);
/// What --help of a command says: `more` stands between its summary and its options.
std::string help(std::string_view program, const Command &command, std::string_view more = "");

}  // namespace rt::options
