// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "pack/raw_json.h"

namespace rt::pack {
namespace {

/// "name=value|name=value".
std::string joined(const Result<std::vector<RawMember>> &members)
{
    if (!members) {
        return "error: " + members.error().text();
    }
    std::string out;
    for (const RawMember &member : *members) {
        out += (out.empty() ? "" : "|") + member.name + "=" + std::string(member.value);
    }
    return out;
}

TEST(RawJson, MembersAreAsTheyAreWritten)
{
    EXPECT_EQ(joined(raw_members(
                  R"( { "a" : 1.50 , "b":"\u0041\"}," ,"c":[1, {"x":"]"} ],"d":{ }, "e":null,"f":-0})", "x")),
              R"(a=1.50|b="\u0041\"},"|c=[1, {"x":"]"} ]|d={ }|e=null|f=-0)");
    EXPECT_EQ(joined(raw_members(R"({"a\n:,{":true})", "x")), "a\n:,{=true");
    EXPECT_EQ(joined(raw_members("{}", "x")), "");
    EXPECT_EQ(joined(raw_members("{", "x")).substr(0, 7), "error: ");
    EXPECT_EQ(joined(raw_members(R"({"a":1,"a":2})", "x")).substr(0, 7), "error: ");
}

TEST(RawJson, ElementsAreAsTheyAreWritten)
{
    EXPECT_EQ(joined(raw_elements("[ 1.50,\"a,b\" , {\"c\": [ ]}\n]", "x")), "=1.50|=\"a,b\"|={\"c\": [ ]}");
    EXPECT_EQ(joined(raw_elements("[]", "x")), "");
    EXPECT_EQ(joined(raw_elements("{}", "x")), "error: x is no array");
}

TEST(RawJson, NullIsAbsent)
{
    const auto members = raw_members(R"({"a":null,"b":0})", "x");
    ASSERT_TRUE(members);
    EXPECT_EQ(raw_value(*members, "a"), "");
    EXPECT_EQ(raw_value(*members, "b"), "0");
    EXPECT_EQ(raw_value(*members, "c"), "");
}

}  // namespace
}  // namespace rt::pack
