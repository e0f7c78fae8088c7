// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "container/state_root.h"
#include "kernel/calls_fs.h"

namespace rt::container {
namespace {

class StateRootTest : public testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/rt-root.XXXXXX";
        top_ = ::mkdtemp(name);
        path_ = top_ + "/a/b";
    }
    void TearDown() override { ASSERT_EQ(::system(("rm -r " + top_).c_str()), 0); }

    StateRoot root() { return std::move(StateRoot::open(path_, true)).take(); }
    static oci::ContainerId id(const char *text) { return std::move(oci::ContainerId::parse(text)).take(); }
    static void put(FdRef dir, const char *name)
    {
        ASSERT_TRUE(kernel::openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600));
    }

    std::string top_, path_;
};

// spec: CliRoot
TEST_F(StateRootTest, IsMadeWithItsParentsForTheOwnerAlone)
{
    EXPECT_EQ(StateRoot::open(path_, false).error().err(), ENOENT);
    ASSERT_TRUE(StateRoot::open(path_, true));
    struct stat info = {};
    ASSERT_EQ(::stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0700U);
}

// spec: CliRoot
TEST_F(StateRootTest, ThatOthersMayWriteToIsRefused)
{
    (void)root();
    for (const mode_t mode : {0777U, 0720U, 0702U, 01777U}) {
        ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
        EXPECT_FALSE(StateRoot::open(path_, true)) << mode;
    }
    ASSERT_EQ(::chmod(path_.c_str(), 0755), 0);
    EXPECT_TRUE(StateRoot::open(path_, true));
}

TEST_F(StateRootTest, ThatIsALinkOrAFileIsRefused)
{
    (void)root();
    ASSERT_EQ(::symlink("a/b", (top_ + "/link").c_str()), 0);
    EXPECT_FALSE(StateRoot::open(top_ + "/link", true));
    ASSERT_EQ(::mknod((top_ + "/file").c_str(), S_IFREG | 0600, 0), 0);
    EXPECT_FALSE(StateRoot::open(top_ + "/file", true));
}

// spec: CreateWithUniqueID
TEST_F(StateRootTest, HomeIsMadeOnceAndMadeLocked)
{
    const StateRoot states = root();
    auto home = states.make(id("one"));
    ASSERT_TRUE(home);
    EXPECT_TRUE(states.holds("one"));
    auto again = states.make(id("one"));
    ASSERT_FALSE(again);
    EXPECT_NE(again.error().text().find("exists already"), std::string::npos);
    auto other = states.find(id("one"));
    ASSERT_TRUE(other);
    EXPECT_FALSE(*other->lock(50));
    ASSERT_TRUE(home->unlock());
    EXPECT_TRUE(*other->lock(50));
}

TEST_F(StateRootTest, RemovalTakesAllThatIsInTheHome)
{
    const StateRoot states = root();
    auto home = states.make(id("one"));
    ASSERT_TRUE(home);
    put(home->dir(), "record.json");
    ASSERT_TRUE(kernel::mkdirat(home->dir(), "deep", 0700));
    ASSERT_TRUE(kernel::mkdirat(home->dir(), "deep/er", 0700));
    EXPECT_FALSE(*home->gone());
    ASSERT_TRUE(states.remove(*home));
    EXPECT_TRUE(*home->gone());
    EXPECT_FALSE(states.holds("one"));
    EXPECT_TRUE(states.make(id("one")));
}

TEST_F(StateRootTest, HomeThatWentWhileItWasWaitedForDoesNotExist)
{
    const StateRoot states = root();
    auto waiting = states.find(id("one"));
    EXPECT_FALSE(waiting);
    {
        auto home = states.make(id("one"));
        ASSERT_TRUE(home);
        auto seen = states.find(id("one"));
        ASSERT_TRUE(seen);
        ASSERT_TRUE(states.remove(*home));
        EXPECT_TRUE(*seen->gone());
    }
    auto found = states.find_locked(id("one"));
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().text(), does_not_exist("one").text());
}

}  // namespace
}  // namespace rt::container
