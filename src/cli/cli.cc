// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <signal.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/help.h"
#include "container/state_root.h"
#include "kernel/calls_fs.h"
#include "options/parse.h"

namespace rt::cli {
namespace {

constexpr int kFailure = 1;

/// A reader of ours that went away is an error to write, and must not end a half-made container.  Blocked and
/// not ignored: those we start unblock all.
void hold_back_sigpipe()
{
    sigset_t set = {};
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGPIPE);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

Status print(const std::string &text) { return kernel::write_all(FdRef(STDOUT_FILENO), text); }

// spec: CliLog
Status open_log(const Arguments &globals)
{
    log::Options options;
    options.file = globals.value("log");
    TRY_LET(format, log::parse_format(globals.value("log-format", "text")));
    TRY_LET(level, log::parse_level(globals.value("log-level", globals.on("debug") ? "debug" : "info")));
    options.format = format;
    options.level = level;
    return log::open(options);
}

struct Manager {
    std::string_view name;
    container::CgroupManager is;
};
constexpr Manager kManagers[] = {
    {"cgroupfs", container::CgroupManager::kCgroupfs},
    {"systemd", container::CgroupManager::kSystemd},
    {"disabled", container::CgroupManager::kDisabled},
};

// spec: CliCgroupManager
Result<container::CgroupManager> cgroup_manager(const Arguments &globals)
{
    const std::string name =
        globals.value("cgroup-manager", globals.on("systemd-cgroup") ? "systemd" : "cgroupfs");
    for (const Manager &manager : kManagers) {
        if (manager.name == name) {
            return manager.is;
        }
    }
    return Error::input(str("unknown cgroup manager \"", name, "\"")).hint("cgroupfs, systemd or disabled");
}

// spec: RootlessOption
Result<container::Rootless> rootless(const Arguments &globals)
{
    using container::Rootless;
    constexpr std::pair<std::string_view, Rootless> kWords[] = {
        {"auto", Rootless::kAuto}, {"true", Rootless::kYes}, {"false", Rootless::kNo}};
    const std::string word = globals.value("rootless", "auto");
    const auto *row = std::ranges::find(kWords, word, &std::pair<std::string_view, Rootless>::first);
    if (row == std::end(kWords)) {
        return Error::input(str("--rootless takes true, false or auto, got \"", word, '"'));
    }
    return row->second;
}

Result<int> run_command(const Command &command, const Arguments &globals, std::span<char *const> args)
{
    TRY_LET(arguments, options::read(command, "runtime", args, command.order, habits()));
    if (arguments.on("help")) {
        TRY(print(help(command)));
        return 0;
    }
    TRY_LET(manager, cgroup_manager(globals));
    TRY_LET(whose, rootless(globals));
    const Globals given{.root = globals.value("root", container::StateRoot::default_path()),
                        .rootless = whose,
                        .strict = globals.on("strict"),
                        .cgroups = manager,
                        .criu = globals.value("criu")};
    return command.run(given, arguments);
}

/// `failure`: what to exit with when this fails.
Result<int> dispatch(std::span<char *const> args, int &failure)
{
    if (::getauxval(AT_SECURE) != 0) {
        return Error::state("running set-user-ID or with file capabilities is refused");
    }
    TRY(kernel::open_standard_streams());
    std::span<char *const> rest;
    TRY_LET(globals, parse(global_options(), args, Order::kBeforeFirst, &rest));
    TRY(open_log(globals));
    if (globals.on("version")) {
        TRY(print(version()));
        return 0;
    }
    if (globals.on("help") || rest.empty()) {
        TRY(print(help()));
        return globals.on("help") ? 0 : kFailure;
    }
    TRY_LET(index, options::find(options::described(commands()), rest.front(), habits()));
    const Command &command = commands()[index];
    failure = command.failure;
    auto code = run_command(command, globals, rest.subspan(1));
    return code ? std::move(code) : std::move(code).error().context(std::string(command.name));
}

}  // namespace

int main(std::span<char *const> args)
{
    hold_back_sigpipe();
    int failure = kFailure;
    auto code = dispatch(args, failure);
    if (!code) {
        log::error(code.error());
        return failure;
    }
    log::settle();
    return *code;
}

}  // namespace rt::cli
