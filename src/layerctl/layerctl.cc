// SPDX-License-Identifier: Apache-2.0
#include "layerctl/layerctl.h"

#include <signal.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layer/unpack_image.h"
#include "layerctl/command.h"
#include "layerctl/descriptor_limit.h"
#include "layerctl/own_namespace.h"
#include "options/parse.h"

namespace rt::layerctl {
namespace {

constexpr std::string_view kProgram = "layerctl";

/// Asked to end, we take away first what is half made.
void end_cleanly()
{
    struct sigaction action = {};
    action.sa_handler = [](int) { layer::give_up(); };
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        ::sigaction(number, &action, nullptr);
    }
    ::signal(SIGPIPE, SIG_IGN);
}

Status print(const std::string &text) { return kernel::write_all(FdRef(STDOUT_FILENO), text); }

Status open_log(const Arguments &globals)
{
    log::Options options;
    options.program = kProgram;
    options.file = globals.value("log");
    TRY_LET(format, log::parse_format(globals.value("log-format", "text")));
    options.format = format;
    return log::open(options);
}

/// A command line, understood; no command: what was to be printed has been.
struct Order {
    const Command *command = nullptr;
    Arguments arguments;
};

Result<Order> understand(std::span<char *const> args)
{
    std::span<char *const> rest;
    TRY_LET(globals, parse(global_options(), args, options::Order::kBeforeFirst, &rest));
    TRY(open_log(globals));
    if (globals.on("version")) {
        TRY(print(str("layerctl version ", RT_VERSION, "\n")));
        return Order{};
    }
    if (globals.on("help")) {
        TRY(print(help()));
        return Order{};
    }
    if (rest.empty()) {
        return Error::input("no command").hint("see --help");
    }
    TRY_LET(index, options::find(options::described(commands()), rest.front(), habits()));
    const Command &command = commands()[index];
    auto arguments = options::read(command, kProgram, rest.subspan(1), command.order, habits());
    if (!arguments) {
        return std::move(arguments).error().context(std::string(command.name));
    }
    if (arguments->on("help")) {
        TRY(print(help(command)));
        return Order{};
    }
    arguments->given.insert(arguments->given.begin(), globals.given.begin(), globals.given.end());
    return Order{&command, std::move(arguments).take()};
}

Result<int> run(const Order &order)
{
    if (order.command->rights == Rights::kRoots) {
        TRY(become_root());
    }
    return order.command->run(order.arguments);
}

/// What a command that failed exits with, unless it says otherwise itself.
Exit exit_of(const Error &error)
{
    const int err = error.err();
    if (err == ENOSPC || err == EDQUOT || err == EFBIG) {
        return kNoRoom;
    }
    switch (error.blame()) {
    case Blame::kAbsent:
        return kAbsent;
    case Blame::kDamaged:
        return kDamaged;
    case Blame::kInUse:
        return kInUse;
    case Blame::kKernel:
    case Blame::kInput:
    case Blame::kState:
    case Blame::kBug:
        break;
    }
    return kFailed;
}

Exit tell(const Error &error, Exit code)
{
    log::error(error);
    return code == kFailed ? exit_of(error) : code;
}

}  // namespace

int main(std::span<char *const> args)
{
    log::Options to_stderr;
    to_stderr.program = kProgram;
    (void)log::open(to_stderr);
    if (::getauxval(AT_SECURE) != 0) {
        return tell(Error::state("running set-user-ID or with file capabilities is refused"), kFailed);
    }
    if (Status open = kernel::open_standard_streams(); !open) {
        return tell(open.error(), kFailed);
    }
    end_cleanly();
    auto order = understand(args);
    if (!order) {
        return tell(order.error(), kUsage);
    }
    if (order->command == nullptr) {
        return kDone;
    }
    raise_descriptor_limit();
    auto code = run(*order);
    if (!code) {
        return tell(std::move(code).error().context(std::string(order->command->name)),
                    order->command->failure);
    }
    log::settle();
    return *code;
}

}  // namespace rt::layerctl
