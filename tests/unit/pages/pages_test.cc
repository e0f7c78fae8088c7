// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/str.h"
#include "oci/annotations.h"
#include "oci/load.h"
#include "oci/mount_options.h"
#include "oci/properties.h"
#include "pages/pages.h"

namespace rt::pages {
namespace {

using options::Command;
using options::Option;

const Program kPrograms[] = {runtime(), layerctl()};

std::string page(const std::string &path)
{
    for (const Page &one : all_pages()) {
        if (one.path == path) {
            return one.text;
        }
    }
    ADD_FAILURE() << "no " << path;
    return "";
}

std::string escaped(std::string_view name)
{
    std::string out;
    for (const char c : name) {
        out += c == '-' ? std::string("\\-") : std::string(1, c);
    }
    return out;
}

void expect_has(const std::string &text, const std::string &part)
{
    EXPECT_NE(text.find(part), text.npos) << part;
}

/// The part of `text` from `first` to the next `last`.
std::string between(const std::string &text, const std::string &first, const std::string &last)
{
    const std::size_t begin = text.find(first);
    EXPECT_NE(begin, text.npos) << first;
    return begin == text.npos ? "" : text.substr(begin, text.find(last, begin) - begin);
}

// spec: CliManPages
TEST(ManualPages, EveryCommandHasOneWithAllItsOptions)
{
    for (const Program &program : kPrograms) {
        const std::string main = page(str("man/man8/", program.name, ".8"));
        for (const Option &option : program.globals) {
            expect_has(main, "\\-\\-" + escaped(option.name) + "\\fR");
        }
        for (const Command &command : program.commands) {
            expect_has(main, str("\\fB", command.name, "\\fR"));
            const std::string text = page(str("man/man8/", program.name, '-', command.name, ".8"));
            for (const Option &option : command.options) {
                expect_has(text, "\\-\\-" + escaped(option.name) + "\\fR");
                expect_has(text, option.letter == 0 ? "" : str("\\fB\\-", option.letter, "\\fR"));
            }
        }
        EXPECT_EQ(manual_pages(program).size(), program.commands.size() + 1);
    }
}

// spec: CliManPages
TEST(ManualPages, NoLineBeginsLikeARequestThatIsNone)
{
    const std::set<std::string> requests = {".TH", ".SH", ".TP", ".B", ".PP", ".nf", ".fi"};
    for (const Page &one : all_pages()) {
        if (!one.path.starts_with("man/")) {
            continue;
        }
        std::size_t at = 0;
        while (at < one.text.size()) {
            const std::string line = one.text.substr(at, one.text.find('\n', at) - at);
            at += line.size() + 1;
            EXPECT_FALSE(line.empty()) << one.path;
            EXPECT_NE(line[0], '\'') << line;
            EXPECT_TRUE(line[0] != '.' || requests.contains(line.substr(0, line.find(' ')))) << line;
        }
    }
}

// spec: CliManConfig
TEST(ManualPages, ThatOfConfigListsEveryPropertyOptionAndAnnotation)
{
    const std::string text = page("man/man5/runtime-config.5");
    for (const oci::Property &property : oci::properties()) {
        expect_has(text, str('\n', escaped(property.pointer), property.required ? "!" : "", "  \\fI"));
    }
    for (const std::string_view option : oci::mount_option_names()) {
        expect_has(between(text, ".SH MOUNTS", ".SH ANNOTATIONS"), str(option));
    }
    for (const oci::Annotation &annotation : oci::kAnnotations) {
        expect_has(between(text, ".SH ANNOTATIONS", ".SH PROPERTIES"), escaped(annotation.name));
    }
    EXPECT_GT(oci::properties().size(), 200U);
}

// spec: CliManConfig
TEST(ManualPages, ThatOfConfigTellsTheLimitsThatHold)
{
    const std::string text = page("man/man5/runtime-config.5");
    expect_has(text, str(json::kMaxDepth, " levels deep"));
    expect_has(text, str("From ", oci::kVersionMin, " to ", oci::kVersionMax));
}

// spec: CliCompletions
TEST(Completions, ZshHasEveryCommandAndOption)
{
    for (const Program &program : kPrograms) {
        const std::string zsh = page(str("zsh/site-functions/_", program.name));
        for (const Option &option : program.globals) {
            expect_has(between(zsh, "_arguments -C", "case $state"), str("'--", option.name));
        }
        for (const Command &command : program.commands) {
            expect_has(zsh, str("\t\t'", command.name, ':'));
            const std::string own = between(zsh, str("\t\t", command.name, ") _arguments"), ";;");
            for (const Option &option : command.options) {
                expect_has(own, str("'--", option.name, option.argument.empty() ? "[" : "=["));
                expect_has(own, option.letter == 0 ? "" : str("'-", option.letter, '['));
            }
        }
    }
}

// spec: CliCompletions
TEST(Completions, FishHasEveryCommandAndOption)
{
    for (const Program &program : kPrograms) {
        const std::string fish = page(str("fish/vendor_completions.d/", program.name, ".fish"));
        for (const Option &option : program.globals) {
            expect_has(fish, str("'__fish_use_subcommand' -l ", option.name, ' '));
        }
        for (const Command &command : program.commands) {
            expect_has(fish, str("-a ", command.name, " -d "));
            for (const Option &option : command.options) {
                expect_has(fish,
                           str("-n '__fish_seen_subcommand_from ", command.name, "' -l ", option.name, ' '));
            }
        }
    }
}

}  // namespace
}  // namespace rt::pages
