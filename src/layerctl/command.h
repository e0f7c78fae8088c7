// SPDX-License-Identifier: Apache-2.0
//
// The one table of commands.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "options/command.h"
#include "options/options.h"

namespace rt::layerctl {

using options::Arguments;
using options::kAnyNumber;
using options::Option;

/// What we exit with (docs/layerctl.md).
enum Exit : std::uint8_t {
    kDone = 0,
    kFailed = 1,
    kUsage = 2,
    kAbsent = 3,
    kDamaged = 4,
    kInUse = 5,
    kNoRoom = 6,
    kNotTheContainers = 125
};

/// Whose rights a command takes.
enum class Rights : std::uint8_t {
    kRoots,  ///< makes files of any owner, or reads them: become_root()
    kOurs,
};

struct Command : options::Command {
    Result<int> (*run)(const Arguments &arguments);  ///< gives what to exit with
    options::Order order = options::Order::kAnywhere;
    Exit failure = kFailed;  ///< what to exit with when it is we who fail
    Rights rights = Rights::kRoots;
};

Result<int> bundle(const Arguments &arguments);
Result<int> commit(const Arguments &arguments);
Result<int> diff(const Arguments &arguments);
Result<int> export_tree(const Arguments &arguments);
Result<int> du(const Arguments &arguments);
Result<int> fsck(const Arguments &arguments);
Result<int> gc(const Arguments &arguments);
Result<int> history(const Arguments &arguments);
Result<int> import(const Arguments &arguments);
Result<int> inspect(const Arguments &arguments);
Result<int> list(const Arguments &arguments);
Result<int> lint(const Arguments &arguments);
Result<int> mount(const Arguments &arguments);
Result<int> ps(const Arguments &arguments);
Result<int> rm(const Arguments &arguments);
Result<int> run(const Arguments &arguments);
Result<int> save(const Arguments &arguments);
Result<int> tag(const Arguments &arguments);
Result<int> tree(const Arguments &arguments);
Result<int> umount(const Arguments &arguments);
Result<int> unpack(const Arguments &arguments);
Result<int> unshare(const Arguments &arguments);

std::span<const Option> global_options();
std::span<const Command> commands();
std::span<const options::Habit> habits();

std::string help();
std::string help(const Command &command);

}  // namespace rt::layerctl
