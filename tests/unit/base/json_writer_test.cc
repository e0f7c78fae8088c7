// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/json.h"

namespace rt::json {
namespace {

std::string sample(Layout layout)
{
    Writer w(layout);
    w.begin_object();
    w.name("b").number(-1).name("a").begin_array();
    w.string("x").boolean(true).null().begin_object().end_object().begin_array().end_array();
    w.end_array();
    w.name("c").begin_object().name("d").number_unsigned(UINT64_MAX).name("e").raw("[1]").end_object();
    w.end_object();
    return std::move(w).take();
}

TEST(Writer, CompactIsOneLine)
{
    EXPECT_EQ(sample(Layout::kCompact),
              R"({"b":-1,"a":["x",true,null,{},[]],"c":{"d":18446744073709551615,"e":[1]}})");
}

TEST(Writer, IndentedHasTwoSpaces)
{
    EXPECT_EQ(sample(Layout::kIndented), R"({
  "b": -1,
  "a": [
    "x",
    true,
    null,
    {},
    []
  ],
  "c": {
    "d": 18446744073709551615,
    "e": [1]
  }
})");
}

TEST(Writer, EverythingComesBack)
{
    const std::string awkward = "\"\\/\b\n\r\t\x1b\x7f \xc3\xa9 \xf0\x9f\x98\x80";
    const Result<Document> document = Document::parse("{" + quote(awkward) + ":" + quote(awkward) + "}", "x");
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().member(awkward)->string(), awkward);
}

TEST(Writer, BytesThatAreNoUtf8AreReplaced)
{
    EXPECT_EQ(quote("a\xff"), "\"a\xef\xbf\xbd\"");
    EXPECT_EQ(quote("\xc3"), "\"\xef\xbf\xbd\"");
    EXPECT_EQ(quote("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
    EXPECT_EQ(quote(std::string_view("\0", 1)), "\"\\u0000\"");
}

}  // namespace
}  // namespace rt::json
