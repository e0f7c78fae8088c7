// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/str.h"
#include "layer/acl.h"

namespace rt::layer {
namespace {

struct Case {
    const char *text;
    std::string expected;  ///< tag, permissions and number of each; "nothing"; or the error
};

std::string in_words(const std::string &bytes)
{
    const auto at = [&](std::size_t i, int count) {
        std::uint32_t value = 0;
        for (int k = count; k-- > 0;) {
            value = value << 8 | static_cast<std::uint8_t>(bytes[i + static_cast<std::size_t>(k)]);
        }
        return value;
    };
    std::string out = at(0, 4) == 2 ? "" : "of another version ";
    for (std::size_t i = 4; i + 8 <= bytes.size(); i += 8) {
        out += str(out.empty() ? "" : " ", at(i, 2), "/", at(i + 2, 2));
        out += at(i + 4, 4) == 0xffffffff ? "" : str("/", at(i + 4, 4));
    }
    return out;
}

const Case kCases[] = {
    {"user::rwx,group::r-x,other::r--", "1/7 4/5 32/4"},
    {"u::rwx,g::r-x,o::---", "1/7 4/5 32/0"},
    {"user::rw-,user:502:r--,group::r--,group:7:rwx,mask::rwx,other::---", "1/6 2/4/502 4/4 8/7/7 16/7 32/0"},
    {"user::rw-,user:lisa:r--:502,group::r--,mask::r--,other::---", "1/6 2/4/502 4/4 16/4 32/0"},
    {"user::rw-\ngroup::r--\t#effective:r--\nmask:rw-\nother:r--\n", "1/6 4/4 16/6 32/4"},
    {"other::r--,mask::r--,group::r--,user:9:rw-,user:3:r--,user::rw-", "1/6 2/4/3 2/6/9 4/4 16/4 32/4"},
    {"user::rw-,user:lisa:r--,group::r--,mask::r--,other::---", "nothing"},
    {"user::rw-,user:lisa:r--:4294967295,group::r--,mask::r--,other::---", "nothing"},
    {"", ""},
    {"user", "error: \"user\" is no entry of an access control list"},
    {"user::rwq", "error: \"user::rwq\" is no entry of an access control list"},
    {"thing::rwx", "error: \"thing::rwx\" is no entry of an access control list"},
    {"mask:5:rwx", "error: \"mask:5:rwx\" is no entry of an access control list"},
    {"user:5:", "error: \"user:5:\" is no entry of an access control list"},
};

TEST(Acl, AsTheKernelHasIt)
{
    for (const Case &one : kCases) {
        const auto found = acl_from_text(one.text);
        const std::string words = !found    ? "error: " + found.error().text()
                                  : !*found ? std::string("nothing")
                                            : in_words(**found);
        EXPECT_EQ(words, one.expected) << one.text;
    }
}

TEST(Acl, AsTextAgain)
{
    for (const char *text : {"user::rwx,group::r-x,other::r--",
                             "user::rw-,user:502:r--,group::---,group:7:rwx,mask::rwx,other::--x"}) {
        const auto list = acl_from_text(text);
        ASSERT_TRUE(list && *list);
        EXPECT_EQ(acl_to_text(**list), text);
    }
    EXPECT_FALSE(acl_to_text(""));
    EXPECT_FALSE(acl_to_text("\1\0\0\0"));
    EXPECT_FALSE(acl_to_text(std::string("\2\0\0\0\1\0", 6)));
    EXPECT_FALSE(acl_to_text(std::string("\2\0\0\0\3\0\0\0\0\0\0\0", 12)));
}

}  // namespace
}  // namespace rt::layer
