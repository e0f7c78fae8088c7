// SPDX-License-Identifier: Apache-2.0
//
// Rows of the tables that command lines are read along, and what was read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rt::options {

struct Option {
    std::string_view name;      ///< without dashes
    char letter = 0;            ///< 'b' for -b, or 0
    std::string_view argument;  ///< "DIR"; empty: a switch, which may be given as --name=false
    std::string_view help;
};

/// What people are used to from other programs and this one has not.
struct Habit {
    std::string_view command;  ///< the command that `word` was an option of; empty: it was a command
    std::string_view word;     ///< "rm", "-it"
    std::string_view instead;
};

/// What `habits` say of `word`, or "".
std::string_view instead_of(std::span<const Habit> habits, std::string_view command, std::string_view word);

/// What was given for one option, in the order of the command line.
struct Given {
    const Option *option;
    std::string value;  ///< "true" or "false" for a switch
};

/// A command line, taken apart along a table.  The last of two wins.
class Arguments {
public:
    std::vector<Given> given;
    std::vector<std::string> positionals;

    bool has(std::string_view name) const;
    /// The value, or `absent`.
    std::string value(std::string_view name, std::string_view absent = "") const;
    /// All values of an option that may be given more than once.
    std::vector<std::string> values(std::string_view name) const;
    bool on(std::string_view name) const { return value(name) == "true"; }
};

enum class Order : std::uint8_t {
    kAnywhere,     ///< options may follow positionals
    kBeforeFirst,  ///< the first positional ends the options
};

/// A line for each, as --help has them.
std::string rows(std::span<const Option> options);

}  // namespace rt::options
