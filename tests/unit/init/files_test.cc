// SPDX-License-Identifier: Apache-2.0
//
// Directories, links and nodes in the root; HOME.
#include <linux/mount.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "in_root.h"
#include "init/path.h"

namespace rt::init {
namespace {

std::string link_text(const char *path)
{
    char text[256] = {};
    return ::readlink(path, text, sizeof(text) - 1) < 0 ? "(none)" : text;
}

Record device(std::uint32_t mode, unsigned major_number, unsigned minor_number, std::uint64_t owner = 0)
{
    return record(Op::kDevice, 0, mode, makedev(major_number, minor_number), owner);
}

TEST(Mkdir, GivesTheModeToTheLastOne)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(stage.run(record(Op::kMkdir, 0, 01777), {"/p/tmp"}), 0);
        struct stat st = {};
        ::stat("/mnt/root/p/tmp", &st);
        EXPECT_EQ(st.st_mode & 07777, 01777U);
        ::stat("/mnt/root/p", &st);
        EXPECT_EQ(st.st_mode & 07777, 0755U);
        EXPECT_EQ(stage.run(record(Op::kMkdir, 0, 0700), {"/p/tmp"}), 0);
    });
}

// spec: DefaultRuntimeLinuxSymlinks
TEST(Symlink, IsMadeOnlyWhereItsConditionHolds)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(stage.run(record(Op::kSymlink), {"/dev/fd", "/proc/self/fd", "/proc/self/fd"}), 0);
        EXPECT_FALSE(exists("/mnt/root/dev/fd"));
        ::mkdir("/mnt/root/proc", 0755);
        EXPECT_EQ(::mount("proc", "/mnt/root/proc", "proc", 0, nullptr), 0);
        EXPECT_EQ(stage.run(record(Op::kSymlink), {"/dev/fd", "/proc/self/fd", "/proc/self/fd"}), 0);
        EXPECT_EQ(link_text("/mnt/root/dev/fd"), "/proc/self/fd");
    });
}

TEST(Symlink, ReplacesOnlyWhenAsked)
{
    in_child([] {
        Stage stage;
        put("/mnt/root/ptmx", "");
        EXPECT_EQ(stage.run(record(Op::kSymlink), {"/ptmx", "pts/ptmx"}), 0);
        EXPECT_EQ(link_text("/mnt/root/ptmx"), "(none)");
        EXPECT_EQ(stage.run(record(Op::kSymlink, kReplace), {"/ptmx", "pts/ptmx"}), 0);
        EXPECT_EQ(link_text("/mnt/root/ptmx"), "pts/ptmx");
    });
}

// A /dev that leads to a directory of the host (CVE-2026-41579).
TEST(Symlink, DevThatLeadsOutStaysInside)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(::symlink("/mnt/outside", "/mnt/root/dev"), 0);
        EXPECT_EQ(stage.run(record(Op::kSymlink, kReplace), {"/dev/ptmx", "pts/ptmx"}), 0);
        EXPECT_EQ(stage.run(device(S_IFCHR | 0666, 1, 3), {"/dev/null"}), 0);
        EXPECT_FALSE(exists("/mnt/outside/ptmx"));
        EXPECT_FALSE(exists("/mnt/outside/null"));
        EXPECT_TRUE(exists("/mnt/root/mnt/outside/null"));
    });
}

// spec: DevicesFileNotMatch
TEST(Device, OnlyTheSameOneMayBeThere)
{
    in_child([] {
        Stage stage;
        const Record null = device(S_IFCHR | 0620, 1, 3, 7 | (std::uint64_t{8} << 32));
        EXPECT_EQ(stage.run(null, {"/dev/null"}), 0);
        struct stat st = {};
        ::stat("/mnt/root/dev/null", &st);
        EXPECT_EQ(st.st_mode, S_IFCHR | 0620U);
        EXPECT_EQ(st.st_rdev, makedev(1, 3));
        EXPECT_EQ(st.st_uid, 7U);
        EXPECT_EQ(st.st_gid, 8U);
        EXPECT_EQ(stage.run(null, {"/dev/null"}), 0);
        EXPECT_EQ(stage.run(device(S_IFCHR | 0666, 1, 5), {"/dev/null"}), EEXIST);
        EXPECT_EQ(stage.message().detail, kOtherFile);
        EXPECT_EQ(::symlink("null", "/mnt/root/dev/link"), 0);
        EXPECT_EQ(stage.run(null, {"/dev/link"}), EEXIST);
        EXPECT_EQ(stage.run(device(S_IFIFO | 0600, 0, 0), {"/dev/fifo"}), 0);
    });
}

TEST(Device, FromTheHostIsTheOneAskedFor)
{
    in_child([] {
        Stage stage;
        Record r = device(S_IFCHR | 0666, 1, 3);
        r.flags = kFromHost;
        EXPECT_EQ(stage.run(r, {"/dev/null", "/dev/null"}), 0);
        struct stat st = {};
        ::stat("/mnt/root/dev/null", &st);
        EXPECT_EQ(st.st_rdev, makedev(1, 3));
        EXPECT_EQ(stage.run(r, {"/dev/zero", "/dev/zero"}), EEXIST);
        EXPECT_EQ(::symlink("/mnt/outside", "/mnt/root/dev/trap"), 0);
        EXPECT_EQ(stage.run(r, {"/dev/trap", "/dev/null"}), EEXIST);
    });
}

// spec: DevicesFileNotMatch
TEST(Device, FromTheHostCoversTheSameDeviceOrNothing)
{
    in_child([] {
        Stage stage;
        Record r = device(S_IFCHR | 0666, 1, 3);
        r.flags = kFromHost;
        EXPECT_EQ(::mkdir("/mnt/root/dev", 0755), 0);
        EXPECT_EQ(::mknod("/mnt/root/dev/same", S_IFCHR | 0666, makedev(1, 3)), 0);
        EXPECT_EQ(::mknod("/mnt/root/dev/other", S_IFCHR | 0666, makedev(1, 5)), 0);
        EXPECT_EQ(::mknod("/mnt/root/dev/block", S_IFBLK | 0666, makedev(1, 3)), 0);
        EXPECT_EQ(::mknod("/mnt/root/dev/blank", S_IFREG | 0666, 0), 0);
        put("/mnt/root/dev/text", "text");
        EXPECT_EQ(stage.run(r, {"/dev/same", "/dev/null"}), 0);
        EXPECT_EQ(stage.run(r, {"/dev/blank", "/dev/null"}), 0);
        for (const char *path : {"/dev/other", "/dev/block", "/dev/text"}) {
            EXPECT_EQ(stage.run(r, {path, "/dev/null"}), EEXIST) << path;
            EXPECT_EQ(stage.message().detail, kOtherFile);
        }
    });
}

// spec: DevicesOwner
TEST(Device, OfTheParentIsTakenAsItIs)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(::mknod("/mnt/outside/node", S_IFCHR | 0640, makedev(1, 11)), 0);
        EXPECT_EQ(::chown("/mnt/outside/node", 5, 6), 0);
        Record r = device(S_IFCHR | 0666, 1, 11);
        r.flags = kFromHost;
        r.fd = static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, "/mnt/outside/node", OPEN_TREE_CLONE));
        EXPECT_GE(r.fd, 0);
        EXPECT_EQ(stage.run(r, {"/dev/node", "/no/such/node"}), 0);
        struct stat st = {};
        EXPECT_EQ(::stat("/mnt/root/dev/node", &st), 0);
        EXPECT_EQ(st.st_mode, S_IFCHR | 0640U);
        EXPECT_EQ(st.st_uid, 5U);
    });
}

struct Home {
    const char *passwd;
    const char *expected;
};

// clang-format off
constexpr Home kHomes[] = {
    {"root:x:0:0::/root:/bin/sh\nme:x:1000:1000:Me:/home/me:/bin/sh\n", "HOME=/home/me"},
    {"me:x:1000:1000:Me:/home/me",                     "HOME=/home/me"},
    {"a:x:10000:1::/wrong:/\nb:x:100:1::/wrong:/\n",   "HOME=/"},
    {"a:x:1000:1::relative:/\n",                       "HOME=/"},
    {"a:x:1000:1:::/\nb:x:1000:1::/second:/\n",        "HOME=/second"},
    {"a:x: 1000:1::/space:/\n",                        "HOME=/"},
    {"a:x:-1:1::/minus:/\n",                           "HOME=/"},
    {"a:x:4294968296:1::/wrapped:/\n",                 "HOME=/"},
    {"a:x:1000:1\n",                                   "HOME=/"},
    {":::::::\n\n:\na:x:1000:1::/h:/\n",               "HOME=/h"},
    {"",                                               "HOME=/"},
};
// clang-format on

TEST(Home, IsThatOfPasswd)
{
    in_child([] {
        Stage stage;
        ::mkdir("/mnt/root/etc", 0755);
        for (const Home &h : kHomes) {
            put("/mnt/root/etc/passwd", h.passwd);
            Record r = record(Op::kHome, 0, 1000);
            r.n = 64;
            const std::string buffer = "HOME=/" + std::string(r.n - 6, '\0');
            r.s1 = stage.plan().bytes(buffer.data(), buffer.size());
            EXPECT_EQ(stage.run(r), 0);
            EXPECT_STREQ(stage.context().text(stage.context().record(0).s1), h.expected) << h.passwd;
        }
    });
}

TEST(Home, FifoHoldsNobodyUp)
{
    in_child([] {
        Stage stage;
        ::mkdir("/mnt/root/etc", 0755);
        EXPECT_EQ(::mkfifo("/mnt/root/etc/passwd", 0644), 0);
        Record r = record(Op::kHome, 0, 1000);
        r.n = 16;
        r.s1 = stage.plan().bytes("HOME=/\0\0\0\0\0\0\0\0\0\0", 16);
        EXPECT_EQ(stage.run(r), 0);
    });
}

}  // namespace
}  // namespace rt::init
