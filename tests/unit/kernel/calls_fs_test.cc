// SPDX-License-Identifier: Apache-2.0
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include <gtest/gtest.h>

#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::kernel {
namespace {

/// A directory of its own, removed with what the tests leave in it.
class Files : public testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_NE(::mkdtemp(path_), nullptr);
        auto opened = openat(kCwd, path_, O_RDONLY | O_DIRECTORY);
        ASSERT_TRUE(opened.ok());
        dir_ = std::move(opened).take();
    }
    void TearDown() override
    {
        auto left = list(dir_);
        ASSERT_TRUE(left.ok());
        for (const DirEntry &entry : *left) {
            EXPECT_TRUE(unlinkat(dir_, entry.name, entry.type == DT_DIR ? AT_REMOVEDIR : 0).ok())
                << entry.name;
        }
        EXPECT_TRUE(unlinkat(kCwd, path_, AT_REMOVEDIR).ok());
    }
    void make(const std::string &name, std::string_view bytes)
    {
        const auto fd = openat(dir_, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
        ASSERT_TRUE(fd.ok());
        ASSERT_TRUE(write_all(*fd, bytes).ok());
    }

    char path_[32] = "/tmp/rt-calls-XXXXXX";
    Fd dir_;
};

TEST_F(Files, AreReadToTheEndOrNotAtAll)
{
    make("big", std::string(10000, 'x'));
    const auto all = read_file(dir_, "big", 10000);
    ASSERT_TRUE(all.ok());
    EXPECT_EQ(*all, std::string(10000, 'x'));
    EXPECT_EQ(read_file(dir_, "big", 9999).error().err(), EFBIG);
}

TEST_F(Files, TextOfASmallOneHasNoLastNewline)
{
    make("value", "a\nb\n");
    EXPECT_EQ(text_of(std::string(path_) + "/value"), "a\nb");
    EXPECT_EQ(text_of(std::string(path_) + "/none"), "");
    ASSERT_TRUE(unlinkat(dir_, "value", 0));
}

TEST_F(Files, ErrorsNameTheCallAndItsOperand)
{
    EXPECT_EQ(openat(dir_, "gone", O_RDONLY).error().text(), "openat(\"gone\"): No such file or directory");
    EXPECT_EQ(write_file(dir_, "gone", "1").error().err(), ENOENT);
    EXPECT_EQ(write_file(kCwd, "/proc/self/oom_score_adj", "words").error().text(),
              "writing \"words\" to \"/proc/self/oom_score_adj\": Invalid argument");
}

TEST_F(Files, WritingAValueMakesNoFile)
{
    EXPECT_FALSE(write_file(dir_, "new", "1").ok());
    EXPECT_EQ(fstatat(dir_, "new", 0).error().err(), ENOENT);
}

TEST_F(Files, DescriptorsCloseOnExec)
{
    make("file", "");
    const auto one = openat(dir_, "file", O_RDONLY);
    ASSERT_TRUE(one.ok());
    const auto two = openat2(dir_, "file", {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH});
    ASSERT_TRUE(two.ok());
    const auto three = dup(*one, 100);
    ASSERT_TRUE(three.ok());
    EXPECT_GE(three->get(), 100);
    for (const FdRef fd : {FdRef(*one), FdRef(*two), FdRef(*three)}) {
        EXPECT_EQ(::fcntl(fd.get(), F_GETFD), FD_CLOEXEC);
    }
    ASSERT_TRUE(set_cloexec(*one, false).ok());
    EXPECT_EQ(::fcntl(one->get(), F_GETFD), 0);
}

TEST_F(Files, LinksOfAnotherRootStayInIt)
{
    make("inside", "its own");
    for (const char *target : {"/inside", "../../inside"}) {
        ASSERT_TRUE(symlinkat(target, dir_, "link").ok());
        const auto file = open_in_root(dir_, "link", O_RDONLY);
        ASSERT_TRUE(file.ok()) << target;
        EXPECT_EQ(*read_all(*file, 100), "its own");
        ASSERT_TRUE(unlinkat(dir_, "link", 0).ok());
    }
    const auto proc = openat(kCwd, "/proc", O_PATH);
    ASSERT_TRUE(proc.ok());
    EXPECT_EQ(open_in_root(*proc, "self/root", O_PATH).error().err(), ELOOP);
}

TEST_F(Files, Openat2StaysBeneath)
{
    ASSERT_TRUE(symlinkat("/etc", dir_, "link").ok());
    EXPECT_EQ(openat2(dir_, "link/passwd", {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH}).error().err(),
              EXDEV);
    EXPECT_EQ(*readlinkat(dir_, "link"), "/etc");
}

TEST_F(Files, ListHasEverythingButTheDots)
{
    for (int i = 0; i < 2000; ++i) {
        make("file-with-a-long-name-" + std::to_string(i), "");
    }
    ASSERT_TRUE(mkdirat(dir_, "directory", 0700).ok());
    for (int again = 0; again < 2; ++again) {
        const auto entries = list(dir_);
        ASSERT_TRUE(entries.ok());
        EXPECT_EQ(entries->size(), 2001U);
        const auto found = std::ranges::find(*entries, "directory", &DirEntry::name);
        ASSERT_NE(found, entries->end());
        EXPECT_EQ(found->type, DT_DIR);
    }
}

TEST_F(Files, RenameWithoutReplacing)
{
    make("a", "1");
    make("b", "2");
    EXPECT_EQ(renameat2(dir_, "a", dir_, "b", RENAME_NOREPLACE).error().err(), EEXIST);
    EXPECT_TRUE(renameat(dir_, "a", dir_, "b").ok());
    EXPECT_EQ(*read_file(dir_, "b", 10), "1");
}

TEST_F(Files, LockHasOneHolder)
{
    make("lock", "");
    const auto one = openat(dir_, "lock", O_RDONLY), two = openat(dir_, "lock", O_RDONLY);
    ASSERT_TRUE(one.ok() && two.ok());
    EXPECT_TRUE(flock(*one, LOCK_EX | LOCK_NB).ok());
    EXPECT_EQ(flock(*two, LOCK_EX | LOCK_NB).error().err(), EWOULDBLOCK);
}

TEST(Memfd, SealedIsReadOnly)
{
    const auto fd = memfd_create("test", MFD_ALLOW_SEALING);
    ASSERT_TRUE(fd.ok());
    ASSERT_TRUE(write_all(*fd, "plan").ok());
    ASSERT_TRUE(add_seals(*fd, F_SEAL_WRITE | F_SEAL_SEAL).ok());
    EXPECT_EQ(*seals_of(*fd), F_SEAL_WRITE | F_SEAL_SEAL);
    EXPECT_EQ(write(*fd, "x").error().err(), EPERM);
    EXPECT_EQ(*pread(*fd, 10, 1), "lan");
    const auto again = reopen(*fd, O_RDONLY);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*read_all(*again, 4), "plan");
}

TEST(Magic, TellsFileSystemsApart)
{
    EXPECT_EQ(*statfs_type("/proc"), std::uint64_t{PROC_SUPER_MAGIC});
    const auto proc = openat(kCwd, "/proc", O_PATH);
    ASSERT_TRUE(proc.ok());
    EXPECT_EQ(*fstatfs_type(*proc), std::uint64_t{PROC_SUPER_MAGIC});
}

}  // namespace
}  // namespace rt::kernel
