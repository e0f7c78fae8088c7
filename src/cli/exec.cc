// SPDX-License-Identifier: Apache-2.0
#include "container/exec.h"

#include <charconv>

#include "base/str.h"
#include "cli/command.h"
#include "cli/numbers.h"
#include "oci/names.h"

namespace rt::cli {
namespace {

constexpr const char *kNumbersOnly =
    "names are not looked up: `id` in the container says which numbers they have";

/// "1000" or "1000:1000".  Peers differ on "1000:": one refuses it, for the other it is group 0.
Status take_user(const std::string &text, container::ExecOptions &options)
{
    if (text.empty()) {
        return {};
    }
    const std::size_t colon = text.find(':');
    const bool grouped = colon != std::string::npos;
    auto uid = number("--user", std::string_view(text).substr(0, colon));
    auto gid = number("--user", grouped ? std::string_view(text).substr(colon + 1) : "0");
    if (!uid || !gid) {
        return Error::input(str("--user takes UID or UID:GID, both numbers, got \"", text, "\""))
            .hint(kNumbersOnly);
    }
    options.uid = *uid;
    if (grouped) {
        options.gid = *gid;
    }
    return {};
}

/// Every entry may be a list: "10,20".
Status take_groups(const std::vector<std::string> &lists, container::ExecOptions &options)
{
    for (std::string_view list : lists) {
        for (bool more = true; more;) {
            const std::size_t comma = list.find(',');
            more = comma != std::string_view::npos;
            auto gid = number("--additional-gids", list.substr(0, comma));
            if (!gid) {
                return std::move(gid).error().hint(kNumbersOnly);
            }
            options.additional_gids.push_back(*gid);
            list.remove_prefix(more ? comma + 1 : list.size());
        }
    }
    return {};
}

std::optional<std::string> given(const Arguments &arguments, std::string_view name)
{
    return arguments.has(name) ? std::optional(arguments.value(name)) : std::nullopt;
}

/// What stands behind the ID; "ID -- COMMAND" is the same as "ID COMMAND".
std::vector<std::string> command_of(const std::vector<std::string> &positionals)
{
    const bool dashes = positionals.size() > 1 && positionals[1] == "--";
    return {positionals.begin() + (dashes ? 2 : 1), positionals.end()};
}

/// "KILL", "cap_kill" and "CAP_KILL" are the same.
Status take_capabilities(const std::vector<std::string> &names, container::ExecOptions &options)
{
    for (std::string name : names) {
        for (char &c : name) {
            c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        if (!name.starts_with("CAP_")) {
            name.insert(0, "CAP_");
        }
        if (!oci::capability_number(name)) {
            return Error::input(str("--cap: unknown capability \"", name, "\""))
                .hint("one name, as CAP_NET_ADMIN; --cap again for another");
        }
        options.capabilities.push_back(std::move(name));
    }
    return {};
}

Result<container::ExecOptions> exec_options(const Globals &globals, const Arguments &arguments)
{
    container::ExecOptions options;
    options.root = globals.root;
    options.id = arguments.positionals.front();
    options.args = command_of(arguments.positionals);
    options.process_file = arguments.value("process");
    if (options.process_file.empty() == options.args.empty()) {
        return options.args.empty()
                   ? Error::input("there is nothing to run").hint("give --process, or a command")
                   : Error::input("--process and a command exclude each other");
    }
    options.env = arguments.values("env");
    options.cwd = arguments.value("cwd");
    TRY(take_user(arguments.value("user"), options));
    TRY(take_groups(arguments.values("additional-gids"), options));
    TRY(take_capabilities(arguments.values("cap"), options));
    options.apparmor_profile = given(arguments, "apparmor");
    options.selinux_label = given(arguments, "process-label");
    if (arguments.has("no-new-privs")) {
        options.no_new_privileges = arguments.on("no-new-privs");
    }
    options.tty = arguments.on("tty");
    options.detach = arguments.on("detach");
    options.ignore_paused = arguments.on("ignore-paused");
    options.console_socket = arguments.value("console-socket");
    options.pid_file = arguments.value("pid-file");
    options.pidfd_socket = arguments.value("pidfd-socket");
    options.cgroups = arguments.values("cgroup");
    TRY_LET(preserved, preserved_fds(arguments.value("preserve-fds", "0")));
    options.preserve_fds = preserved;
    return options;
}

}  // namespace

// spec: CliExec
Result<int> exec(const Globals &globals, const Arguments &arguments)
{
    TRY_LET(options, exec_options(globals, arguments));
    return container::exec(options);
}

}  // namespace rt::cli
