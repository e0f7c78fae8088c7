// SPDX-License-Identifier: Apache-2.0
//
// The one table of commands and options: parsing, --help, man pages and completions come from it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rt::cli {

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

struct Globals {
    std::string root;     ///< --root, or the default
    bool strict = false;  ///< --strict: the letter of the specification, not what engines made of it
};

enum class Order : std::uint8_t {
    kAnywhere,     ///< options may follow positionals
    kBeforeFirst,  ///< the first positional ends the options
};

// spec: CliExitCodes
struct Command {
    std::string_view name;
    std::string_view synopsis;  ///< what follows the options: "ID [SIGNAL]"
    std::string_view summary;   ///< one line
    std::span<const Option> options;
    std::uint8_t min_positionals, max_positionals;
    Result<int> (*run)(const Globals &globals, const Arguments &arguments);
    Order order = Order::kAnywhere;
    int failure = 1;  ///< our exit code when it is we who fail
};

/// max_positionals of a command that takes any number.
inline constexpr std::uint8_t kAnyNumber = 255;

Result<int> checkpoint(const Globals &globals, const Arguments &arguments);
Result<int> create(const Globals &globals, const Arguments &arguments);
Result<int> exec(const Globals &globals, const Arguments &arguments);
Result<int> events(const Globals &globals, const Arguments &arguments);
Result<int> delete_(const Globals &globals, const Arguments &arguments);
Result<int> features(const Globals &globals, const Arguments &arguments);
Result<int> kill(const Globals &globals, const Arguments &arguments);
Result<int> list(const Globals &globals, const Arguments &arguments);
Result<int> plan(const Globals &globals, const Arguments &arguments);
Result<int> pause(const Globals &globals, const Arguments &arguments);
Result<int> ps(const Globals &globals, const Arguments &arguments);
Result<int> restore(const Globals &globals, const Arguments &arguments);
Result<int> resume(const Globals &globals, const Arguments &arguments);
Result<int> run(const Globals &globals, const Arguments &arguments);
Result<int> spec(const Globals &globals, const Arguments &arguments);
Result<int> start(const Globals &globals, const Arguments &arguments);
Result<int> state(const Globals &globals, const Arguments &arguments);
Result<int> update(const Globals &globals, const Arguments &arguments);
Result<int> validate(const Globals &globals, const Arguments &arguments);

std::span<const Option> global_options();
std::span<const Command> commands();

}  // namespace rt::cli
