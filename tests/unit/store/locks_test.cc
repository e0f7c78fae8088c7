// SPDX-License-Identifier: Apache-2.0
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kernel/calls_tree.h"
#include "new_store.h"
#include "store/locks.h"

namespace rt::store {
namespace {

TEST(Holders, AreThoseOfTheFileThatDoNotWait)
{
    constexpr std::string_view kLocks = "1: FLOCK  ADVISORY  WRITE 101 08:1f:55 0 EOF\n"
                                        "1: -> FLOCK  ADVISORY  READ 102 08:1f:55 0 EOF\n"
                                        "2: POSIX  ADVISORY  WRITE 103 08:1f:55 0 EOF\n"
                                        "3: FLOCK  ADVISORY  READ 104 08:1f:56 0 EOF\n"
                                        "4: FLOCK  ADVISORY  READ 105 08:01:55 0 EOF\n"
                                        "5: FLOCK  ADVISORY  READ -1 08:1f:55 0 EOF\n"
                                        "nonsense\n\n"
                                        "6: FLOCK  ADVISORY  READ 106 08:1f:55 0 EOF";
    EXPECT_EQ(holders_in(kLocks, makedev(8, 0x1f), 55), (std::vector<pid_t>{101, 106}));
    EXPECT_EQ(holders_in(kLocks, makedev(8, 0x1f), 56), (std::vector<pid_t>{104}));
    EXPECT_TRUE(holders_in("", makedev(8, 0x1f), 56).empty());
}

class Locks : public NewStore {};

TEST_F(Locks, AreNotWaitedForLongerThanAsked)
{
    const Store store = open();
    const Patience none = Patience::of(std::chrono::seconds(0));
    EXPECT_TRUE(Store::open(path_, Store::Use::kRead, none));
    const auto alone = Store::open(path_, Store::Use::kAlone, none);
    ASSERT_FALSE(alone);
    EXPECT_EQ(alone.error().blame(), Blame::kInUse);
    const std::string mine = "process " + std::to_string(::getpid());
    EXPECT_NE(alone.error().text().find(mine), std::string::npos) << alone.error().text();
}

TEST_F(Locks, AreLetGo)
{
    Store store = open();
    store.let_go();
    EXPECT_TRUE(Store::open(path_, Store::Use::kAlone, Patience::of(std::chrono::seconds(0))));
}

}  // namespace
}  // namespace rt::store
