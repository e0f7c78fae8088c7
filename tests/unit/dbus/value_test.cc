// SPDX-License-Identifier: Apache-2.0
//
// GVariant's words: what they mean, and what is none.
#include <ostream>

#include <gtest/gtest.h>

#include "dbus/value.h"

namespace rt::dbus {
namespace {

struct Text {
    const char *given;
    const char *type;
    const char *printed;  ///< what print() makes of it again
};
void PrintTo(const Text &text, std::ostream *out) { *out << text.given; }

class Meaning : public testing::TestWithParam<Text> {};

TEST_P(Meaning, IsReadAndPrinted)
{
    const auto value = parse(GetParam().given);
    ASSERT_TRUE(value.ok()) << value.error().text();
    EXPECT_EQ(value->type, GetParam().type);
    EXPECT_EQ(print(*value), GetParam().printed);
}

TEST_P(Meaning, SurvivesItsOwnWords)
{
    const auto value = parse(GetParam().given);
    ASSERT_TRUE(value.ok());
    const auto again = parse(print(*value));
    ASSERT_TRUE(again.ok()) << again.error().text();
    EXPECT_EQ(*again, *value);
}

INSTANTIATE_TEST_SUITE_P(
    Text, Meaning,
    testing::Values(Text{"5", "i", "5"}, Text{"-5", "i", "-5"}, Text{"0x10", "i", "16"},
                    Text{"010", "i", "8"}, Text{"uint64 10000000", "t", "uint64 10000000"},
                    Text{"@t 7", "t", "uint64 7"},
                    Text{"uint64 18446744073709551615", "t", "uint64 18446744073709551615"},
                    Text{"int64 -9223372036854775808", "x", "int64 -9223372036854775808"},
                    Text{"byte 0xff", "y", "byte 255"}, Text{" true ", "b", "true"},
                    Text{"boolean false", "b", "false"}, Text{"'a b'", "s", "'a b'"},
                    Text{"\"it's\"", "s", "'it\\'s'"}, Text{"'\\u00e9\\n'", "s", "'\xc3\xa9\\u000a'"},
                    Text{"'\\U0001f600'", "s", "'\xf0\x9f\x98\x80'"},
                    Text{"objectpath '/a'", "o", "objectpath '/a'"}, Text{"['a', 'b']", "as", "['a', 'b']"},
                    Text{"@as []", "as", "@as []"}, Text{"[uint64 1, 2]", "at", "[uint64 1, uint64 2]"},
                    Text{"@a(ss) [('/dev/null', 'rw')]", "a(ss)", "[('/dev/null', 'rw')]"},
                    Text{"('a', uint32 2)", "(su)", "('a', uint32 2)"}, Text{"(1,)", "(i)", "(1,)"},
                    Text{"<'x'>", "v", "<'x'>"}, Text{"[[1], [2, 3]]", "aai", "[[1], [2, 3]]"}));

class Nonsense : public testing::TestWithParam<const char *> {};

TEST_P(Nonsense, IsRefused)
{
    const auto value = parse(GetParam());
    EXPECT_FALSE(value.ok()) << print(*value);
}

INSTANTIATE_TEST_SUITE_P(Text, Nonsense,
                         testing::Values("", " ", "word", "'open", "'\\q'", "'\\u12'", "'\\ud800'",
                                         "'\\u0000'", "uint64", "uint64 -1", "uint64 18446744073709551616",
                                         "byte 256", "int32 2147483648", "2147483648", "int16 -32769", "1.5",
                                         "1e3", "12abc", "0x", "--1", "true false", "[]", "[1, 'a']", "[1",
                                         "[1 2]", "['a',", "()", "('a'", "@q", "@z 1", "@s 1", "@as ['a', 1]",
                                         "@a(ss) [('a',)]", "@a(ss) [('a', 'b', 'c')]", "boolean 1",
                                         "string 1", "{'a': 1}", "<1", "just 1", "nothing", "@(i) 1",
                                         "@a{sv} []x"));

// Whoever writes an annotation must not be able to end us with it.
TEST(Text, MayBeNestedOnlySoFar)
{
    EXPECT_FALSE(parse(std::string(100'000, '[')).ok());
    EXPECT_FALSE(parse(std::string(100'000, '(')).ok());
    EXPECT_FALSE(parse(std::string(100'000, '<')).ok());
    EXPECT_FALSE(parse("@" + std::string(100'000, 'a') + "s []").ok());
    EXPECT_FALSE(parse("@" + std::string(100'000, '(') + "s []").ok());
}

struct Signature {
    const char *text;
    std::size_t length;
};

TEST(Type, EndsWhereItIsComplete)
{
    for (const Signature &one : {Signature{"s", 1},
                                 {"as", 2},
                                 {"a(ss)t", 5},
                                 {"(s(tt))", 7},
                                 {"aau", 3},
                                 {"v", 1},
                                 {"a{sv}as", 5},
                                 Signature{"", 0},
                                 {"a", 0},
                                 {"(", 0},
                                 {"()", 0},
                                 {"(s", 0},
                                 {"z", 0},
                                 {"a)", 0},
                                 {"(s}", 0}}) {
        EXPECT_EQ(type_length(one.text), one.length) << one.text;
    }
}

}  // namespace
}  // namespace rt::dbus
