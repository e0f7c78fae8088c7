// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "base/str.h"
#include "pages/pages.h"
#include "pages/roff.h"

namespace rt::pages {
namespace {

using options::Command;
using options::Option;

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

std::string main_page(const Program &program)
{
    std::string out = str(heading(program.name, 8), roff(program.name), " \\- ", program.purpose,
                          "\n.SH SYNOPSIS\n.B ", program.name,
                          "\n[\\fIOPTION\\fR]... \\fICOMMAND\\fR [\\fIOPTION\\fR]... "
                          "[\\fIARGUMENT\\fR]...\n.SH COMMANDS\n");
    for (const Command &command : program.commands) {
        out += str(".TP\n\\fB", roff(command.name), "\\fR \\fI", roff(command.synopsis), "\\fR\n",
                   roff(sentence(command.summary)), " See \\fB", program.name, "\\-", roff(command.name),
                   "\\fR(8).\n");
    }
    return str(out, ".SH OPTIONS\nThey stand before the command.\n", entries(program.globals),
               program.ending);
}

std::string page_of(const Program &program, const Command &command)
{
    return str(heading(str(program.name, '-', command.name), 8), program.name, "\\-", roff(command.name),
               " \\- ", roff(command.summary), "\n.SH SYNOPSIS\n.B ", program.name,
               "\n[\\fIOPTION\\fR]... \\fB", roff(command.name), "\\fR [\\fIOPTION\\fR]...",
               command.synopsis.empty() ? "" : " ", roff(command.synopsis), "\n.SH OPTIONS\n",
               entries(command.options), ".SH SEE ALSO\n\\fB", program.name,
               "\\fR(8) has the options that stand before the command.\n");
}

}  // namespace

// spec: CliManPages
std::vector<Page> manual_pages(const Program &program)
{
    std::vector<Page> pages = {{str("man/man8/", program.name, ".8"), main_page(program)}};
    for (const Command &command : program.commands) {
        pages.push_back({str("man/man8/", program.name, '-', command.name, ".8"), page_of(program, command)});
    }
    return pages;
}

std::vector<Page> all_pages()
{
    std::vector<Page> out = {config_page()};
    for (const Program &program : {runtime(), layerctl()}) {
        for (const auto &pages : {manual_pages(program), completions(program)}) {
            out.insert(out.end(), pages.begin(), pages.end());
        }
    }
    return out;
}

}  // namespace rt::pages
