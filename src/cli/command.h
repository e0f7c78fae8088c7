// SPDX-License-Identifier: Apache-2.0
//
// The one table of commands: parsing, --help, man pages and completions come from it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "container/container.h"
#include "options/command.h"
#include "options/options.h"

namespace rt::cli {

using options::Arguments;
using options::kAnyNumber;
using options::Option;
using options::Order;

struct Globals {
    std::string root;  ///< --root, or the default
    container::Rootless rootless = container::Rootless::kAuto;
    bool strict = false;  ///< --strict: the letter of the specification, not what engines made of it
    container::CgroupManager cgroups{};  ///< --cgroup-manager, --systemd-cgroup
    std::string criu;                    ///< --criu, or ""
};

// spec: CliExitCodes
struct Command : options::Command {
    Result<int> (*run)(const Globals &globals, const Arguments &arguments);
    Order order = Order::kAnywhere;
    int failure = 1;  ///< our exit code when it is we who fail
};

Result<int> checkpoint(const Globals &globals, const Arguments &arguments);
Result<int> create(const Globals &globals, const Arguments &arguments);
Result<int> exec(const Globals &globals, const Arguments &arguments);
Result<int> events(const Globals &globals, const Arguments &arguments);
Result<int> delete_(const Globals &globals, const Arguments &arguments);
Result<int> features(const Globals &globals, const Arguments &arguments);
Result<int> info(const Globals &globals, const Arguments &arguments);
Result<int> kill(const Globals &globals, const Arguments &arguments);
Result<int> list(const Globals &globals, const Arguments &arguments);
Result<int> print_help(const Globals &globals, const Arguments &arguments);
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
std::span<const options::Habit> habits();

}  // namespace rt::cli
