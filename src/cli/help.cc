// SPDX-License-Identifier: Apache-2.0
#include "cli/help.h"

#include <algorithm>

#include <seccomp.h>

#include "base/str.h"
#include "cli/version.h"
#include "oci/load.h"

namespace rt::cli {
namespace {

constexpr std::size_t kGap = 2;

void append_row(std::string &out, const std::string &left, std::size_t width, std::string_view right)
{
    out += str("  ", left, std::string(width - left.size() + kGap, ' '), right, "\n");
}

std::string rows(std::span<const Command> commands)
{
    std::size_t width = 0;
    for (const Command &command : commands) {
        width = std::max(width, command.name.size() + 1 + command.synopsis.size());
    }
    std::string out;
    for (const Command &command : commands) {
        append_row(out, str(command.name, " ", command.synopsis), width, command.summary);
    }
    return out;
}

}  // namespace

std::string help()
{
    return str("Usage: runtime [OPTION]... COMMAND [OPTION]... [ARGUMENT]...\n\n"
               "Creates and runs containers from OCI bundles.\n\nCommands:\n",
               rows(commands()), "\nOptions:\n", rows(global_options()));
}

// spec: CliHelp
std::string help(const Command &command)
{
    const std::string_view blank = command.synopsis.empty() ? "" : " ";
    std::string out = str("Usage: runtime ", command.name, " [OPTION]...", blank, command.synopsis, "\n\n");
    const std::size_t summary = out.size();
    out += str(command.summary, "\n\nOptions:\n", rows(command.options));
    out[summary] = static_cast<char>(out[summary] & ~0x20);  // the tables' lines begin in lower case
    return out;
}

// spec: CliVersion
std::string version()
{
    return str("runtime version ", kVersion, "\ncommit: ", kCommit, "\nspec: ", oci::kVersionMax,
               "\nlibseccomp: ", libseccomp_version(), "\n");
}

std::string libseccomp_version()
{
    const scmp_version *linked = ::seccomp_version();
    return str(linked->major, ".", linked->minor, ".", linked->micro);
}

}  // namespace rt::cli
