// SPDX-License-Identifier: Apache-2.0
#include "cli/pages.h"

#include <string_view>

#include "base/str.h"
#include "cli/roff.h"

namespace rt::cli {
namespace {

// ---- manual pages: man(7) -----------------------------------------------------------------------

std::string sentence(std::string_view text)
{
    std::string out(text);
    out[0] = static_cast<char>(out[0] & ~0x20);  // the tables' lines begin in lower case
    return out + '.';
}

std::string entry(const Option &option)
{
    std::string out = ".TP\n";
    if (option.letter != 0) {
        out += str("\\fB\\-", option.letter, "\\fR, ");
    }
    out += str("\\fB\\-\\-", roff(option.name), "\\fR");
    if (!option.argument.empty()) {
        out += str(" \\fI", roff(option.argument), "\\fR");
    }
    return str(out, "\n", roff(option.help), "\n");
}

std::string entries(std::span<const Option> options)
{
    std::string out;
    for (const Option &option : options) {
        out += entry(option);
    }
    return out;
}

constexpr std::string_view kFiles = R"(.SH FILES
.TP
\fI/run/runtime\fR
The state of root's containers; of others \fI$XDG_RUNTIME_DIR/runtime\fR.
.TP
\fIconfig.json\fR
What a container is: config.md of the OCI runtime specification, and \fBruntime\-config\fR(5).
.SH EXIT STATUS
0 for success, 1 for a failure. \fBrun\fR and \fBexec\fR end like the program: with its code, or with 128 and the
number of the signal that ended it; where \fBexec\fR itself fails, 255.
)";

std::string main_page()
{
    std::string out =
        str(heading("runtime", 8),
            "runtime \\- create and run containers from OCI bundles\n.SH SYNOPSIS\n"
            ".B runtime\n[\\fIOPTION\\fR]... \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
            ".SH COMMANDS\n");
    for (const Command &command : commands()) {
        out += str(".TP\n\\fB", roff(command.name), "\\fR \\fI", roff(command.synopsis), "\\fR\n",
                   roff(sentence(command.summary)), " See \\fBruntime\\-", roff(command.name), "\\fR(8).\n");
    }
    return str(out, ".SH OPTIONS\nThey stand before the command.\n", entries(global_options()), kFiles);
}

std::string page_of(const Command &command)
{
    return str(heading(str("runtime-", command.name), 8), "runtime\\-", roff(command.name), " \\- ",
               roff(command.summary), "\n.SH SYNOPSIS\n.B runtime\n[\\fIOPTION\\fR]... \\fB",
               roff(command.name), "\\fR [\\fIOPTION\\fR]...", command.synopsis.empty() ? "" : " ",
               roff(command.synopsis), "\n.SH OPTIONS\n", entries(command.options),
               ".SH SEE ALSO\n\\fBruntime\\fR(8) has the options that stand before the command.\n");
}

// ---- completions --------------------------------------------------------------------------------

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

bool takes_id(const Command &command) { return command.synopsis.starts_with("ID"); }
bool takes_bundle(const Command &command)
{
    return command.synopsis.find("BUNDLE") != std::string_view::npos;
}

std::string zsh()
{
    std::string out = "#compdef runtime\n"
                      "# Made from the program's table of commands.\n"
                      "_runtime_ids() { compadd -- ${(f)\"$(runtime list -q 2>/dev/null)\"} }\n"
                      "_runtime() {\n\tlocal context state line\n\tlocal -a commands\n\tcommands=(\n";
    for (const Command &command : commands()) {
        out += str("\t\t'", command.name, ':', zsh_text(command.summary), "'\n");
    }
    out += str("\t)\n\t_arguments -C", zsh_options(global_options()),
               " \\\n\t\t\t'1:command:->command' '*::argument:->argument'\n\tcase $state in\n"
               "\tcommand) _describe command commands ;;\n\targument)\n\t\tcase $line[1] in\n");
    for (const Command &command : commands()) {
        const std::string_view rest = takes_id(command)       ? " \\\n\t\t\t'*:container:_runtime_ids'"
                                      : takes_bundle(command) ? " \\\n\t\t\t'*:bundle:_files -/'"
                                                              : "";
        out += str("\t\t", command.name, ") _arguments", zsh_options(command.options), rest, " ;;\n");
    }
    return out + "\t\tesac ;;\n\tesac\n}\n_runtime \"$@\"\n";
}

std::string fish_option(const Option &option, std::string_view condition)
{
    std::string out = str("complete -c runtime -n '", condition, "' -l ", option.name);
    if (option.letter != 0) {
        out += str(" -s ", option.letter);
    }
    if (!option.argument.empty()) {
        out += str(" -r", kind_of(option.argument).fish);
    }
    return str(out, " -d '", shell(option.help), "'\n");
}

std::string fish()
{
    std::string out = "# Made from the program's table of commands.\ncomplete -c runtime -f\n";
    for (const Option &option : global_options()) {
        out += fish_option(option, "__fish_use_subcommand");
    }
    for (const Command &command : commands()) {
        const std::string seen = str("__fish_seen_subcommand_from ", command.name);
        out += str("complete -c runtime -n __fish_use_subcommand -a ", command.name, " -d '",
                   shell(command.summary), "'\n");
        for (const Option &option : command.options) {
            out += fish_option(option, seen);
        }
        if (takes_id(command)) {
            out += str("complete -c runtime -n '", seen, "' -a '(runtime list -q 2>/dev/null)'\n");
        } else if (takes_bundle(command)) {
            out += str("complete -c runtime -n '", seen, "' -a '(__fish_complete_directories)'\n");
        }
    }
    return out;
}

}  // namespace

// spec: CliManPages
std::vector<Page> manual_pages()
{
    std::vector<Page> pages = {{"man/man8/runtime.8", main_page()},
                               {"man/man5/runtime-config.5", config_page()}};
    for (const Command &command : commands()) {
        pages.push_back({str("man/man8/runtime-", command.name, ".8"), page_of(command)});
    }
    return pages;
}

// bash has its own, which asks --help (contrib/completions).
// spec: CliCompletions
std::vector<Page> completions()
{
    return {{"zsh/site-functions/_runtime", zsh()}, {"fish/vendor_completions.d/runtime.fish", fish()}};
}

}  // namespace rt::cli
