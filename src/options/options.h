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
