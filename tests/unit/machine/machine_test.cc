// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "machine/attempt.h"
#include "machine/finding.h"

namespace rt::machine {
namespace {

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
