// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "base/json.h"

namespace rt::json {
namespace {

struct Bad {
    const char *name;
    std::string text;
    std::string error;  ///< the beginning of it
};

class BadText : public testing::TestWithParam<Bad> {};

TEST_P(BadText, SaysWhereAndWhy)
{
    const Result<Document> document = Document::parse(GetParam().text, "x.json");
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().blame(), Blame::kInput);
    EXPECT_EQ(document.error().text().substr(0, GetParam().error.size()), GetParam().error);
}

std::string nested(std::size_t depth)
{
    return R"({"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

// spec: ConfigUtf8, ConfigNoDuplicateNames, JsonSyntax, JsonDepth, JsonNoNul
INSTANTIATE_TEST_SUITE_P(
    Json, BadText,
    testing::ValuesIn(std::vector<Bad>{
        {"Empty", "", "x.json:1:1: there is nothing but blanks"},
        {"Blank", " \n ", "x.json:2:2: there is nothing but blanks"},
        {"Null", "null", "x.json:1:1: the top must be an object, got null"},
        {"Array", "[]", "x.json:1:1: the top must be an object, got an array"},
        {"ByteOrderMark", "\xef\xbb\xbf{}", "x.json:1:1: begins with a byte order mark (save"},
        {"Trailing", "{}\n{}", "x.json:2:1: something follows"},
        {"TrailingComma", "{\"a\": 1,}", "x.json:1:9: expected a name"},
        {"MissingComma", "{\"a\": 1\n \"b\": 2}", "x.json:2:2: expected a comma or '}'"},
        {"MissingColon", "{\"a\" 1}", "x.json:1:6: expected a colon"},
        {"OpenArray", "{\"a\": [1", "x.json:1:9: expected a comma or ']'"},
        {"OpenString", "{\"a\": \"b", "x.json:1:9: a string without its closing quote"},
        {"Comment", "{} // no", "x.json:1:4: something follows"},
        {"SingleQuotes", "{'a': 1}", "x.json:1:2: expected a name"},
        {"NaN", "{\"a\": NaN}", "x.json:1:7: expected a value"},
        {"LeadingZero", "{\"a\": 01}", "x.json:1:8: expected a comma or '}'"},
        {"LoneMinus", "{\"a\": -}", "x.json:1:8: expected a value"},
        {"NoFraction", "{\"a\": 1.}", "x.json:1:9: expected digits behind the point"},
        {"NoExponent", "{\"a\": 1e}", "x.json:1:9: expected digits in the exponent"},
        {"TooBig", "{\"a\": 1e999}", "x.json:1:7: too large a number"},
        {"NewlineInString", "{\"a\": \"\n\"}", "x.json:1:8: a control character"},
        {"UnknownEscape", "{\"a\": \"\\x\"}", "x.json:1:8: a control character or an unknown escape"},
        {"BadHex", "{\"a\": \"\\u12g4\"}", "x.json:1:8: expected four hex digits"},
        {"HalfPair", "{\"a\": \"\\ud800\"}", "x.json:1:8: half a surrogate pair"},
        {"OtherHalfPair", "{\"a\": \"\\udc00\"}", "x.json:1:7: /a: holds half a surrogate pair"},
        {"Latin1", "{\"a\": \"\xe4\"}", "x.json:1:8: not UTF-8"},
        {"Overlong", "{\"a\": \"\xc0\xaf\"}", "x.json:1:8: not UTF-8"},
        {"EncodedSurrogate", "{\"a\": \"\xed\xa0\x80\"}", "x.json:1:8: not UTF-8"},
        {"NulByte", std::string("{\"a\":\n\0 1}", 10), "x.json:2:1: a NUL byte"},
        {"NulEscape", "{\"a\": {\"b\": \"x\\u0000y\"}}", "x.json:1:13: /a/b: holds U+0000"},
        {"NulInName", "{\"a\\u0000\": 1}", "x.json:1:1: /a"},
        {"Twice", "{\"a\": 1,\n\"b\": 2, \"a\": 3}", "x.json:2:14: /a: is there twice"},
        {"TwiceInside", "{\"x\": [{\"a\": 1, \"a\": 1}]}", "x.json:1:22: /x/0/a: is there twice"},
        {"TwiceByEscape", "{\"a\": 1, \"\\u0061\": 3}", "x.json:1:20: /a: is there twice"},
        {"TwiceAmongMany",
         R"({"a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"j":0,"k":0,"l":0,"m":0,"c":1})",
         "x.json:1:84: /c: is there twice"},
        {"TooDeep", nested(kMaxDepth + 1), "x.json:1:69: nested deeper than 64 levels"},
    }),
    [](const auto &test) { return test.param.name; });

TEST(Json, DepthUpToTheCapIsFine) { EXPECT_TRUE(Document::parse(nested(kMaxDepth), "x")); }

Result<Document> one(const std::string &value) { return Document::parse(R"({"v": )" + value + "}", "x"); }

struct Number {
    const char *text;
    std::optional<std::int64_t> as_signed;
    std::optional<std::uint64_t> as_unsigned;
};

TEST(Json, NumbersAreWholeAndFit)
{
    const std::vector<Number> numbers = {
        {"0", 0, 0},
        {"-0", 0, std::nullopt},
        {"1", 1, 1},
        {"-1", -1, std::nullopt},
        {"1.0", std::nullopt, std::nullopt},
        {"1e3", std::nullopt, std::nullopt},
        {"9223372036854775807", INT64_MAX, INT64_MAX},
        {"9223372036854775808", std::nullopt, std::uint64_t{INT64_MAX} + 1},
        {"-9223372036854775808", INT64_MIN, std::nullopt},
        {"-9223372036854775809", std::nullopt, std::nullopt},
        {"18446744073709551615", std::nullopt, UINT64_MAX},
        {"18446744073709551616", std::nullopt, std::nullopt},
        {"\"1\"", std::nullopt, std::nullopt},
        {"true", std::nullopt, std::nullopt},
    };
    for (const Number &n : numbers) {
        const Result<Document> document = one(n.text);
        ASSERT_TRUE(document) << n.text;
        const Node v = *document->root().member("v");
        EXPECT_EQ(v.int64(), n.as_signed) << n.text;
        EXPECT_EQ(v.uint64(), n.as_unsigned) << n.text;
    }
}

TEST(Json, StringsAreDecoded)
{
    const Result<Document> document = one(R"("a\"\\\/\b\f\n\r\té\ud83d\ude00")");
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().member("v")->string(), "a\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80");
}

TEST(Json, NullIsAbsent)
{
    const Result<Document> document = one("null");
    EXPECT_FALSE(document->root().member("v"));
    EXPECT_FALSE(document->root().member("w"));
}

TEST(Json, NamesMatchExactly) { EXPECT_FALSE(one("1")->root().member("V")); }

TEST(Json, ChildrenComeInOrder)
{
    const Result<Document> document = Document::parse(R"({"b": [1, [2], {}], "a": {"c": 3}})", "x");
    ASSERT_TRUE(document);
    std::string seen;
    for (const Member m : document->root().children()) {
        seen += m.name;
        for (const Member inner : m.value.children()) {
            seen += inner.value.pointer() + ' ';
        }
    }
    EXPECT_EQ(seen, "b/b/0 /b/1 /b/2 a/a/c ");
    EXPECT_EQ(document->root().member("b")->size(), 3U);
}

TEST(Json, PointersAreEscaped)
{
    const Result<Document> document = Document::parse(R"({"a/b": {"~": [[], "x"]}})", "x");
    const Node list = *document->root().member("a/b")->member("~");
    std::string last;
    for (const Member m : list.children()) {
        last = m.value.pointer();
    }
    EXPECT_EQ(last, "/a~1b/~0/1");
    EXPECT_EQ(document->root().pointer(), "");
    EXPECT_EQ(list.wrong("x").pointer(), "/a~1b/~0");
}

TEST(Json, MovedDocumentKeepsItsValues)
{
    Result<Document> first = Document::parse(R"({"a": "b"})", "x");
    const Document second = std::move(first).take();
    EXPECT_EQ(second.root().member("a")->string(), "b");
}

struct Place {
    const char *pointer;
    Position want;
};

TEST(Json, LocateFindsValues)
{
    const std::string_view text =
        "{\n  \"a\": [1, \"}]\\\"\", {\"b\": null}],\n  \"c/d\":\n    true , \"\\u0065\":-1}";
    const std::vector<Place> places = {
        {"", {1, 1}},      {"/a", {2, 8}},         {"/a/0", {2, 9}},
        {"/a/1", {2, 12}}, {"/a/2", {2, 20}},      {"/a/2/b", {2, 26}},
        {"/c~1d", {4, 5}}, {"/e", {4, 21}},        {"/a/2/missing", {2, 20}},
        {"/a/7", {2, 8}},  {"/missing/x", {1, 1}}, {"/c~1d/x", {4, 5}},
    };
    for (const Place &place : places) {
        const Position at = locate(text, place.pointer);
        EXPECT_EQ(at, place.want) << place.pointer << " at " << at.line << ':' << at.column;
    }
}

// Under AddressSanitizer: the reader would look behind the end.
// spec: ConfigUtf8
TEST(Json, ATextThatEndsInsideACharacterIsRefused)
{
    for (const char *start : {"\xc3", "\xe6", "\xe6\x97", "\xf0", "\xf0\x9f", "\xf0\x9f\x90"}) {
        const std::string text = std::string("{\"a long enough name\": \"") + start;
        const Result<Document> document = Document::parse(text, "x");
        ASSERT_FALSE(document);
        EXPECT_EQ(document.error().text(), "x:1:25: not UTF-8");
    }
}

TEST(Json, AllPlacesAreLocatedInOneScan)
{
    const std::string_view text = "{\"a\": [1,\n {\"b\": 2}], \"c\": 3}";
    const std::vector<std::string_view> pointers = {"/c", "/a/1/b", "", "/a/1/x", "/a/1/b", "no pointer"};
    EXPECT_EQ(locate(text, pointers),
              (std::vector<Position>{{2, 18}, {2, 8}, {1, 1}, {2, 2}, {2, 8}, {1, 1}}));
}

TEST(Json, LocateStaysInsideAnyText)
{
    const std::string_view text = R"({"a": {"b": [1, "x\"", {"c": 2}]}})";
    for (std::size_t n = 0; n < text.size(); ++n) {
        EXPECT_LE(locate(text.substr(0, n), "/a/b/2/c").column, text.size());
    }
}

}  // namespace
}  // namespace rt::json
