// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <gtest/gtest.h>

#include "cli/create_options.h"
#include "cli/help.h"
#include "options/parse.h"

namespace rt::cli {
namespace {

constexpr Option kOptions[] = {
    {"bundle", 'b', "DIR", ""},
    {"no-subreaper", 0, "", ""},
    {"detach", 'd', "", ""},
};

Result<Arguments> parse_words(std::vector<const char *> words, Order order = Order::kAnywhere)
{
    std::vector<char *> args;
    for (const char *word : words) {
        args.push_back(const_cast<char *>(word));
    }
    return options::parse(kOptions, args, order);
}

// spec: CliOptions
TEST(Parse, EveryWayToGiveAValue)
{
    for (const auto &words : std::vector<std::vector<const char *>>{{"--bundle", "x", "id"},
                                                                    {"--bundle=x", "id"},
                                                                    {"-bundle", "x", "id"},
                                                                    {"-bundle=x", "id"},
                                                                    {"-b", "x", "id"},
                                                                    {"-b=x", "id"},
                                                                    {"-bx", "id"},
                                                                    {"id", "--bundle", "x"}}) {
        auto parsed = parse_words(words);
        ASSERT_TRUE(parsed) << words[0];
        EXPECT_EQ(parsed->value("bundle"), "x") << words[0];
        EXPECT_EQ(parsed->positionals, std::vector<std::string>{"id"}) << words[0];
    }
}

TEST(Parse, SwitchesMayBeSpelledOut)
{
    EXPECT_TRUE(parse_words({"-no-subreaper"})->on("no-subreaper"));
    EXPECT_TRUE(parse_words({"--detach=true"})->on("detach"));
    EXPECT_FALSE(parse_words({"--detach=false"})->on("detach"));
    EXPECT_FALSE(parse_words({"-d", "--detach=false"})->on("detach")) << "the last one wins";
    EXPECT_EQ(parse_words({"--detach=maybe"}).error().text(),
              "option \"--detach=maybe\" takes true or false");
}

TEST(Parse, DashesEndTheOptions)
{
    auto parsed = parse_words({"--", "-b", "--detach"});
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->positionals, (std::vector<std::string>{"-b", "--detach"}));
    EXPECT_TRUE(parsed->given.empty());
}

// spec: CliUnknown
TEST(Parse, MistakesAreNamed)
{
    EXPECT_EQ(parse_words({"--bundel", "x"}).error().text(),
              "unknown option \"--bundel\" (did you mean --bundle?)");
    EXPECT_EQ(parse_words({"-x"}).error().text(), "unknown option \"-x\" (see --help)");
    EXPECT_EQ(parse_words({"--bundle"}).error().text(),
              "option \"--bundle\" requires an argument (it takes DIR)");
}

// spec: CliBundlePath
TEST(Names, SlashOrDotMeansBundle)
{
    struct Row {
        std::vector<std::string> words;
        const char *bundle, *id;
    };
    for (const Row &row :
         {Row{{"box"}, "", "box"}, Row{{"b/"}, "b/", ""}, Row{{"."}, ".", ""},
          Row{{"b/", "box"}, "b/", "box"}, Row{{"box", "./b"}, "./b", "box"}, Row{{"a.b"}, "", "a.b"}}) {
        auto names = names_of(row.words);
        ASSERT_TRUE(names);
        EXPECT_EQ(names->bundle, row.bundle) << row.words[0];
        EXPECT_EQ(names->id, row.id) << row.words[0];
    }
    EXPECT_FALSE(names_of({"a", "b"}));
    EXPECT_FALSE(names_of({"a/", "b/"}));
}

// spec: CliHelp
TEST(Help, EveryCommandFitsAScreen)
{
    const auto fits = [](const std::string &text) {
        std::size_t lines = 0;
        for (std::size_t at = 0; at < text.size(); ++lines) {
            const std::size_t end = text.find('\n', at);
            EXPECT_LE(end - at, 110U) << text.substr(at, end - at);
            at = end + 1;
        }
        EXPECT_LE(lines, 40U);
    };
    fits(help());
    for (const Command &command : commands()) {
        fits(help(command));
    }
}

}  // namespace
}  // namespace rt::cli
