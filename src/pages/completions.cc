// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "base/str.h"
#include "pages/pages.h"

namespace rt::pages {
namespace {

using options::Command;
using options::Option;

/// Inside single quotes of a shell.
std::string shell(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out;
}

/// The same in an _arguments specification of zsh, where brackets and colons mean something.
std::string zsh_text(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        out += c == '[' || c == ']' || c == ':' || c == '\\' ? str('\\', c) : std::string(1, c);
    }
    return shell(out);
}

/// What an argument is completed with.
struct Kind {
    std::string_view argument, zsh, fish;
};
constexpr Kind kKinds[] = {
    {"DIR", "_files -/", " -a '(__fish_complete_directories)'"},
    {"FILE", "_files", " -F"},
    {"SOCKET", "_files", " -F"},
};

Kind kind_of(std::string_view argument)
{
    for (const Kind &kind : kKinds) {
        if (kind.argument == argument) {
            return kind;
        }
    }
    return {argument, " ", ""};
}

std::string zsh_options(std::span<const Option> options)
{
    std::string out;
    for (const Option &option : options) {
        const std::string text = str('[', zsh_text(option.help), ']');
        const std::string value =
            option.argument.empty() ? "" : str(':', option.argument, ':', kind_of(option.argument).zsh);
        if (option.letter != 0) {
            out += str(" \\\n\t\t\t'-", option.letter, text, value, "'");
        }
        out += str(" \\\n\t\t\t'--", option.name, option.argument.empty() ? "" : "=", text, value, "'");
    }
    return out;
}

const Completed *completed(const Program &program, const Command &command)
{
    for (const Completed &one : program.completed) {
        if (command.synopsis.find(one.word) != std::string_view::npos) {
            return &one;
        }
    }
    return nullptr;
}

std::string zsh(const Program &program)
{
    std::string out = str("#compdef ", program.name, "\n# Made from the program's table of commands.\n",
                          program.zsh_functions, '_', program.name,
                          "() {\n\tlocal context state line\n\tlocal -a commands\n\tcommands=(\n");
    for (const Command &command : program.commands) {
        out += str("\t\t'", command.name, ':', zsh_text(command.summary), "'\n");
    }
    out += str("\t)\n\t_arguments -C", zsh_options(program.globals),
               " \\\n\t\t\t'1:command:->command' '*::argument:->argument'\n\tcase $state in\n"
               "\tcommand) _describe command commands ;;\n\targument)\n\t\tcase $line[1] in\n");
    for (const Command &command : program.commands) {
        const Completed *with = completed(program, command);
        out += str("\t\t", command.name, ") _arguments", zsh_options(command.options),
                   with == nullptr ? "" : str(" \\\n\t\t\t'*", with->zsh, "'"), " ;;\n");
    }
    return str(out, "\t\tesac ;;\n\tesac\n}\n_", program.name, " \"$@\"\n");
}

std::string fish_option(std::string_view program, const Option &option, std::string_view condition)
{
    std::string out = str("complete -c ", program, " -n '", condition, "' -l ", option.name);
    if (option.letter != 0) {
        out += str(" -s ", option.letter);
    }
    if (!option.argument.empty()) {
        out += str(" -r", kind_of(option.argument).fish);
    }
    return str(out, " -d '", shell(option.help), "'\n");
}

std::string fish(const Program &program)
{
    const std::string complete = str("complete -c ", program.name);
    std::string out = str("# Made from the program's table of commands.\n", complete, " -f\n");
    for (const Option &option : program.globals) {
        out += fish_option(program.name, option, "__fish_use_subcommand");
    }
    for (const Command &command : program.commands) {
        const std::string seen = str("__fish_seen_subcommand_from ", command.name);
        out += str(complete, " -n __fish_use_subcommand -a ", command.name, " -d '", shell(command.summary),
                   "'\n");
        for (const Option &option : command.options) {
            out += fish_option(program.name, option, seen);
        }
        if (const Completed *with = completed(program, command); with != nullptr) {
            out += str(complete, " -n '", seen, "' ", with->fish, "\n");
        }
    }
    return out;
}

}  // namespace

// spec: CliCompletions
std::vector<Page> completions(const Program &program)
{
    return {{str("zsh/site-functions/_", program.name), zsh(program)},
            {str("fish/vendor_completions.d/", program.name, ".fish"), fish(program)}};
}

}  // namespace rt::pages
