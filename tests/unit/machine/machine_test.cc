// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "machine/attempt.h"
#include "machine/finding.h"
#include "machine/id_ranges.h"

namespace rt::machine {
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

TEST(IdRanges, AreThoseOfTheNameAndOfTheNumber)
{
    constexpr std::string_view kSub = "me:100000:65536\nyou:200000:65536\n1000:300000:1000\nme:x\nme:5:\n";
    const IdRanges mine = ranges_of(kSub, "me", 1000);
    EXPECT_EQ(mine.lines, "100000:65536 300000:1000");
    EXPECT_EQ(mine.count, 66536U);
    EXPECT_EQ(ranges_of(kSub, "", 7).count, 0U);
    EXPECT_EQ(ranges_of(":100000:65536\n", "", 7).count, 0U);
}

TEST(Attempt, GivesTheErrorOfTheChild)
{
    EXPECT_EQ(attempt([] { return 7L; }), 0);
    EXPECT_EQ(attempt([] { return -long{ENOSPC}; }), ENOSPC);
    EXPECT_EQ(attempt([]() -> long { return ::kill(::getpid(), SIGKILL); }), EPERM);
}

// spec: CliInfo, CliInfoWhy
TEST(Questions, HaveNamesOfTheirOwnAndReasons)
{
    for (const Group &group : groups()) {
        std::set<std::string_view> names;
        for (const Question &question : group.questions) {
            EXPECT_TRUE(names.insert(question.name).second) << question.name;
            const Finding found = question.probe();
            EXPECT_TRUE(found.works || !found.detail.empty()) << question.name;
        }
    }
}

}  // namespace
}  // namespace rt::machine
