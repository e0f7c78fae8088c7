// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "base/json_reader.h"

namespace rt::json {
namespace {

TEST(Reader, TakesWhatAWriterWrote)
{
    const std::string awkward = "\"\\/\b\n\r\t\x1b\x7f \xc3\xa9 \xf0\x9f\x98\x80";
    for (const Layout layout : {Layout::kCompact, Layout::kIndented}) {
        Writer out(layout);
        out.begin_object().name(awkward).string(awkward).name("n").begin_array();
        out.number(std::numeric_limits<std::int64_t>::min()).boolean(true).boolean(false).null();
        out.number_unsigned(std::numeric_limits<std::uint64_t>::max());
        out.begin_array().end_array().begin_object().end_object().end_array().end_object();
        const std::string text = std::move(out).take();
        Reader in(text);
        std::map<std::string, std::string> strings;
        std::int64_t least = 0;
        std::uint64_t most = 0;
        bool yes = false, no = true;
        std::size_t elements = 0;
        const bool whole = in.object([&](std::string_view name) {
            if (name != "n") {
                return in.string(strings[std::string(name)]);
            }
            return in.array([&] {
                switch (elements++) {
                case 0:
                    return in.number(least);
                case 1:
                    return in.boolean(yes);
                case 2:
                    return in.boolean(no);
                case 3:
                    return in.null();
                case 4:
                    return in.number_unsigned(most);
                default:
                    return in.skip();
                }
            });
        });
        EXPECT_TRUE(whole && in.at_end()) << text;
        EXPECT_EQ(strings, (std::map<std::string, std::string>{{awkward, awkward}}));
        EXPECT_EQ(least, std::numeric_limits<std::int64_t>::min());
        EXPECT_EQ(most, std::numeric_limits<std::uint64_t>::max());
        EXPECT_TRUE(yes && !no);
        EXPECT_EQ(elements, 7U);
    }
}

TEST(Reader, SkipsAnyValue)
{
    for (const char *text : {"{} ", "[] ", R"({"a":[1,-2.5e+3,"]}",{"b":null}],"c":true} )", R"("\"" )", "1 ",
                             "false ", "null ", " \n[ 1 , 2 ] "}) {
        Reader in(text);
        EXPECT_TRUE(in.skip() && in.at_end()) << text;
    }
}

TEST(Reader, DamageIsNotTaken)
{
    for (const char *text :
         {"",    "{",        "[",         "[1",          "[1,",        "[1,]",    "[,1]",
          "{,}", R"({"a"})", R"({"a":})", R"({"a":1,})", R"({"a" 1})", "{a:1}",   "[1}",
          "tru", "nul",      "\"",        R"("\)",       R"("\")",     R"("\x")", R"("\u12")",
          "12",  "[1x]",     "\xff\xfe",  R"("\u0000")", R"("\ud800")"}) {
        Reader in(text);
        EXPECT_FALSE(in.skip()) << text;
    }
    Reader nul(std::string_view("\"a\0b\"", 5));
    EXPECT_FALSE(nul.skip());
    Reader behind("[] x");
    EXPECT_TRUE(behind.skip());
    EXPECT_FALSE(behind.at_end());
    EXPECT_FALSE(Reader(std::string_view("\0", 1)).skip());
}

TEST(Reader, TakesNoValueOfAnotherKindAndNothingThatDoesNotFit)
{
    std::string text;
    bool flag = false;
    std::int64_t number = 0;
    std::uint64_t positive = 0;
    EXPECT_FALSE(Reader("1 ").string(text));
    EXPECT_FALSE(Reader("\"1\" ").number(number));
    EXPECT_FALSE(Reader("1.0 ").number(number));
    EXPECT_FALSE(Reader("1e3 ").number(number));
    EXPECT_FALSE(Reader("9223372036854775808 ").number(number));
    EXPECT_FALSE(Reader("-1 ").number_unsigned(positive));
    EXPECT_FALSE(Reader("18446744073709551616 ").number_unsigned(positive));
    EXPECT_FALSE(Reader("null ").boolean(flag));
    EXPECT_FALSE(Reader("{} ").array([] { return true; }));
    EXPECT_FALSE(Reader("[] ").object([](std::string_view) { return true; }));
    Reader in("\"x\"");
    EXPECT_FALSE(in.null());
    EXPECT_TRUE(in.string(text)) << "null() leaves the place";
}

TEST(Reader, GoesAsDeepAsADocument)
{
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    const std::string most = nested(kMaxDepth), more = nested(kMaxDepth + 1);
    EXPECT_TRUE(Reader(most).skip());
    EXPECT_FALSE(Reader(more).skip());
}

}  // namespace
}  // namespace rt::json
