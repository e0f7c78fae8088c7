// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "host/id_ranges.h"

namespace rt::host {
namespace {

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\nbroken\n";

TEST(IdRanges, AUserIsFoundByNumber)
{
    EXPECT_EQ(user_name(kPasswd, 1000), "me");
    EXPECT_EQ(user_name(kPasswd, 0), "root");
    EXPECT_EQ(user_name(kPasswd, 100), "");
    EXPECT_EQ(user_name("", 0), "");
}

constexpr std::string_view kSub =
    "me:100000:65536\nyou:200000:65536\n1000:300000:1000\nme:x\nme:5:\nme:7:8x\nme:4294967290:6\nme:1:0\n";

TEST(IdRanges, AreThoseOfTheNameAndOfTheNumber)
{
    EXPECT_EQ(ranges_of(kSub, "me", 1000), (std::vector<IdRange>{{100000, 65536}, {300000, 1000}}));
    EXPECT_EQ(ranges_of(kSub, "", 7), std::vector<IdRange>());
    EXPECT_EQ(ranges_of(":100000:65536\n", "", 7), std::vector<IdRange>());
}

// spec: CliInfoWhy
TEST(IdRanges, ThatNobodyHasFollowAllThatAreLent)
{
    EXPECT_EQ(first_unlent(""), 100000U);
    EXPECT_EQ(first_unlent("me:1000:10\n"), 100000U);
    EXPECT_EQ(first_unlent("you:165536:65536\nme:100000:65536\nme:4294967290:6\n"), 231072U);
}

// spec: ErrorsNested
TEST(IdRanges, OfAMapAreInOneRangeOfOurOwn)
{
    constexpr std::string_view kOwn = "         0       1000          1\n         1     100000      65536\n";
    using Maps = std::vector<oci::IdMapping>;
    const auto first = [&](const Maps &maps) {
        const auto found = first_unmapped(kOwn, maps);
        return found ? std::optional(found->host_id) : std::nullopt;
    };
    EXPECT_EQ(first({{0, 0, 1}, {1, 1, 65536}}), std::nullopt);
    EXPECT_EQ(first({{0, 65536, 1}}), std::nullopt);
    EXPECT_EQ(first({{0, 0, 1}, {1, 65537, 1}}), 65537U);
    EXPECT_EQ(first({{0, 1, 65537}}), 1U) << "its end is nobody's";
    EXPECT_EQ(first({{0, 0, 2}}), 0U) << "the kernel wants it in one";
    EXPECT_EQ(first_unmapped("0 0 4294967295\n", {{0, 100000, 65536}}), std::nullopt);
}

// spec: RootlessMaps
TEST(IdRanges, FollowTheCallersOwnId)
{
    using Maps = std::vector<oci::IdMapping>;
    EXPECT_EQ(root_and(1000, {}), (Maps{{0, 1000, 1}}));
    EXPECT_EQ(root_and(1000, {{100000, 65536}, {300000, 10}}),
              (Maps{{0, 1000, 1}, {1, 100000, 65536}, {65537, 300000, 10}}));
    EXPECT_EQ(root_and(5, {{10, 0xFFFF'FFF0}, {1, 0x7000'0000}}).size(), 2U) << "there are no more ids";
    EXPECT_EQ(root_and(5, std::vector<IdRange>(400, {10, 1})).size(), 340U) << "the kernel takes no more";
}

}  // namespace
}  // namespace rt::host
