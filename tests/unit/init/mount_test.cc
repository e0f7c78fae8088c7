// SPDX-License-Identifier: Apache-2.0
//
// Mounts, masks and what is made in the root.
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "in_root.h"
#include "init/path.h"

namespace rt::init {
namespace {

long magic_of(const char *path)
{
    struct statfs st = {};
    return ::statfs(path, &st) == 0 ? st.f_type : -1;
}

constexpr long kProc = 0x9fa0, kTmpfs = 0x01021994;

/// Makes a mount of a file system, without source.
void add_fs(Stage &stage, const char *type, const std::vector<std::string> &options = {},
            std::uint64_t attr = 0)
{
    Record r = record(Op::kFsMount, 0, attr);
    r.s1 = stage.plan().text(type);
    r.s3 = options.empty() ? 0 : stage.plan().words(options);
    stage.plan().add(r);
}

int attach(Stage &stage, const char *place, std::uint16_t flags = 0)
{
    return stage.run(record(Op::kAttach, flags), {place});
}

int attach_fs(Stage &stage, const char *type, const char *place, std::uint16_t flags = 0)
{
    add_fs(stage, type);
    return attach(stage, place, flags);
}

int bind(Stage &stage, const char *source, const char *place)
{
    Record r = record(Op::kTree);
    r.s1 = stage.plan().text(source);
    stage.plan().add(r);
    return attach(stage, place);
}

TEST(Attach, MakesTheTargetAsTheSourceIs)
{
    in_child([] {
        Stage stage;
        put("/mnt/outside/file", "text");
        EXPECT_EQ(attach_fs(stage, "tmpfs", "/new/dir"), 0);
        EXPECT_EQ(magic_of("/mnt/root/new/dir"), kTmpfs);
        EXPECT_EQ(bind(stage, "/mnt/outside/file", "/new/dir/sub/file"), 0);
        EXPECT_EQ(contents("/mnt/root/new/dir/sub/file"), "text");
    });
}

TEST(Attach, TakesOptionsAndAttributes)
{
    in_child([] {
        Stage stage;
        add_fs(stage, "tmpfs", {"size=64k", "mode=0700"}, MOUNT_ATTR_NOSUID);
        EXPECT_EQ(attach(stage, "/t"), 0);
        struct statfs st = {};
        ::statfs("/mnt/root/t", &st);
        EXPECT_EQ(st.f_blocks * static_cast<unsigned long>(st.f_bsize), 65536U);
        EXPECT_NE(st.f_flags & MS_NOSUID, 0);
    });
}

TEST(Attach, TellsWhatTheFileSystemSaid)
{
    in_child([] {
        Stage stage;
        add_fs(stage, "tmpfs", {"size=nonsense"});
        EXPECT_EQ(stage.run(), EINVAL);
        EXPECT_EQ(stage.message().detail, static_cast<std::uint32_t>(__NR_fsconfig));
        EXPECT_NE(std::string(stage.message().note).find("size"), std::string::npos) << stage.message().note;
    });
}

struct Place {
    const char *what;
    const char *tree;  ///< file system type, or "/..." a bind source
    const char *place;
    std::uint16_t flags;
    int expected;
    std::uint32_t refusal;
};

// clang-format off
constexpr Place kPlaces[] = {
    {"the root itself",             "tmpfs",             "/",                    0, EINVAL, kOntoRoot},
    {"the root by a link",          "tmpfs",             "/to-root",             0, EINVAL, kOntoRoot},
    {"the root by dots",            "tmpfs",             "/proc/../..",          0, EINVAL, kOntoRoot},
    {"tmpfs on the empty proc",     "tmpfs",             "/empty/../proc",       0, EPERM, kInsideProc},
    {"a part of procfs",            "/proc/sys",         "/proc",                0, EPERM, kInsideProc},
    {"a process of procfs",         "/proc/self",        "/proc",                0, EPERM, kInsideProc},
    {"proc on a link",              "proc",              "/to-empty",            kRealDirectory, ENOTDIR, kNotOrdinaryDirectory},
    {"proc on a file",              "proc",              "/file",                kRealDirectory, ENOTDIR, kNotOrdinaryDirectory},
    {"proc on the root",            "proc",              "/",                    kRealDirectory, EINVAL, kOntoRoot},
    {"proc",                        "proc",              "/proc",                kRealDirectory, 0, 0},
    {"tmpfs on procfs",             "tmpfs",             "/proc",                0, EPERM, kInsideProc},
    {"tmpfs inside procfs",         "tmpfs",             "/proc/sys",            0, EPERM, kInsideProc},
    {"by a link",                   "tmpfs",             "/to-proc-sys",         0, EPERM, kInsideProc},
    {"a file on a label",           "/mnt/outside/file", "/proc/self/attr/exec", 0, EPERM, kInsideProc},
    {"a file on a sysctl",          "/mnt/outside/file", "/proc/sys/kernel/hostname", 0, EPERM, kInsideProc},
    {"proc inside procfs",          "proc",              "/proc/sys",            kRealDirectory, EPERM, kInsideProc},
    {"a file on meminfo",           "/mnt/outside/file", "/proc/meminfo",        0, 0, 0},
    {"a file on uptime, by dots",   "/mnt/outside/file", "/proc/sys/../uptime",  0, 0, 0},
    {"a file on ns_last_pid",       "/mnt/outside/file", "/proc/sys/kernel/ns_last_pid", 0, 0, 0},
    {"proc on proc",                "proc",              "/proc",                kRealDirectory, 0, 0},
    {"a part of procfs on procfs",  "/proc/sys",         "/proc",                0, EPERM, kInsideProc},
    {"other namespace's on proc",   "/proc",             "/proc",                0, 0, 0},
    {"a bind of proc elsewhere",    "/proc",             "/host/proc",           0, 0, 0},
    {"proc-like name",              "tmpfs",             "/proc-foo",            0, 0, 0},
};
// clang-format on

// spec: MountsDestInRoot, MountProcOnlyProc
TEST(Attach, DecidesOnWhatTheTargetIs)
{
    in_child([] {
        Stage stage;
        ::mkdir("/mnt/root/proc", 0755);
        ::mkdir("/mnt/root/empty", 0755);
        put("/mnt/root/file", "");
        put("/mnt/outside/file", "lxcfs");
        EXPECT_EQ(::symlink("/", "/mnt/root/to-root"), 0);
        EXPECT_EQ(::symlink("empty", "/mnt/root/to-empty"), 0);
        EXPECT_EQ(::symlink("/proc/sys", "/mnt/root/to-proc-sys"), 0);
        for (const Place &p : kPlaces) {
            const int err =
                p.tree[0] == '/' ? bind(stage, p.tree, p.place) : attach_fs(stage, p.tree, p.place, p.flags);
            EXPECT_EQ(err, p.expected) << p.what;
            EXPECT_EQ(stage.message().detail, p.refusal) << p.what;
        }
        EXPECT_EQ(magic_of("/mnt/root/proc"), kProc);
        EXPECT_EQ(magic_of("/mnt/root/empty"), kTmpfs);  // /mnt itself is one
    });
}

TEST(Attach, LateSourceIsOpenedWhenItIsThere)
{
    in_child([] {
        Stage stage;
        Record early = record(Op::kOpenTree, kMayBeLate, 0, 3);
        early.s1 = stage.plan().text("/mnt/root/t/made");
        stage.plan().add(early);
        add_fs(stage, "tmpfs");
        Record place = record(Op::kAttach);
        place.s1 = stage.plan().text("/t");
        stage.plan().add(place);
        Record late = record(Op::kTree);
        late.s1 = early.s1;
        stage.plan().add(late);
        EXPECT_EQ(stage.run(), ENOENT);  // nobody made it
        EXPECT_EQ(stage.message().step, 3);
        EXPECT_EQ(magic_of("/mnt/root/t"), kTmpfs);
    });
}

TEST(Attach, LateSourceIsWhatAnEarlierMountMade)
{
    in_child([] {
        Stage stage;
        ::mkdir("/mnt/outside/dir", 0755);
        put("/mnt/outside/dir/file", "late");
        Record early = record(Op::kOpenTree, kMayBeLate, 0, 3);
        early.s1 = stage.plan().text("/mnt/root/t/file");
        stage.plan().add(early);
        Record first = record(Op::kTree);
        first.s1 = stage.plan().text("/mnt/outside/dir");
        stage.plan().add(first);
        Record place = record(Op::kAttach);
        place.s1 = stage.plan().text("/t");
        stage.plan().add(place);
        Record late = record(Op::kTree);
        late.s1 = early.s1;
        stage.plan().add(late);
        EXPECT_EQ(attach(stage, "/copy"), 0) << stage.message().step;
        EXPECT_EQ(contents("/mnt/root/copy"), "late");
    });
}

TEST(Attach, WhatWasKeptIsAttachedLater)
{
    in_child([] {
        Stage stage;
        add_fs(stage, "tmpfs");
        stage.plan().add(record(Op::kKeep, 0, 0, 3));
        add_fs(stage, "proc");
        stage.plan().add(record(Op::kTree));
        EXPECT_EQ(attach(stage, "/copy"), 0) << stage.message().step;
        EXPECT_EQ(magic_of("/mnt/root/copy"), kTmpfs);
    });
}

/// What is at /copy when kTree of /mnt/outside/own, which has `mode`, was given /mnt/outside/given before.
std::string copied(mode_t mode, bool exists)
{
    Stage stage;
    ::mkdir("/mnt/outside/own", 0755);
    put("/mnt/outside/given", "given");
    if (exists) {
        put("/mnt/outside/own/file", "own");
    }
    ::chmod("/mnt/outside/own", mode);
    Record early = record(Op::kOpenTree, kMayBeLate, 0, 1);
    early.s1 = stage.plan().text("/mnt/outside/own/file");
    stage.plan().add(early);
    Record tree = record(Op::kTree);
    tree.s1 = early.s1;
    tree.fd = static_cast<int>(::syscall(__NR_open_tree, AT_FDCWD, "/mnt/outside/given", OPEN_TREE_CLONE));
    stage.plan().add(tree);
    respect_modes();
    const int err = attach(stage, "/copy");
    return err == 0 ? contents("/mnt/root/copy") : std::to_string(err);
}

TEST(Attach, ASourceThatWasHandedOverIsForWhereThereIsNoAccess)
{
    in_child([] { EXPECT_EQ(copied(0755, true), "own"); });
    in_child([] { EXPECT_EQ(copied(0, true), "given"); });
    in_child([] { EXPECT_EQ(copied(0755, false), std::to_string(ENOENT)); });
}

TEST(Attach, TargetModeIsThatOfTheCoveredDirectory)
{
    in_child([] {
        Stage stage;
        ::mkdir("/mnt/root/d", 0755);
        ::chmod("/mnt/root/d", 01710);
        struct stat st = {};
        EXPECT_EQ(attach_fs(stage, "tmpfs", "/d", kTargetMode), 0);
        ::stat("/mnt/root/d", &st);
        EXPECT_EQ(magic_of("/mnt/root/d"), kTmpfs);
        EXPECT_EQ(st.st_mode & 07777U, 01710U);
        EXPECT_EQ(::umount2("/mnt/root/d", MNT_DETACH), 0);
        EXPECT_EQ(attach_fs(stage, "tmpfs", "/d"), 0);
        ::stat("/mnt/root/d", &st);
        EXPECT_EQ(st.st_mode & 07777U, 01777U) << "what tmpfs has by itself";
    });
}

TEST(Reconfigure, ChangesTheSuperblockOfTheTarget)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(attach_fs(stage, "tmpfs", "/t"), 0);
        const auto remount = [&stage](const std::vector<std::string> &options) {
            Record target = record(Op::kTarget);
            target.s1 = stage.plan().text("/t");
            stage.plan().add(target);
            Record r = record(Op::kReconfigure);
            r.s3 = stage.plan().words(options);
            stage.plan().add(r);
            return stage.run();
        };
        struct statfs st = {};
        EXPECT_EQ(remount({"ro", "size=64k"}), 0);
        EXPECT_EQ(::mkdir("/mnt/root/t/x", 0755), -1);
        EXPECT_EQ(errno, EROFS);
        ::statfs("/mnt/root/t", &st);
        EXPECT_EQ(st.f_blocks * static_cast<unsigned long>(st.f_bsize), 65536U);
        EXPECT_EQ(remount({"rw"}), 0);
        EXPECT_EQ(::mkdir("/mnt/root/t/x", 0755), 0);
        EXPECT_EQ(remount({"size=nonsense"}), EINVAL);
        EXPECT_NE(std::string(stage.message().note).find("size"), std::string::npos) << stage.message().note;
    });
}

TEST(Attach, SetAttrActsOnWhatIsThere)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(attach_fs(stage, "tmpfs", "/t"), 0);
        EXPECT_EQ(attach_fs(stage, "tmpfs", "/t/below"), 0);
        Record r = record(Op::kTarget);
        r.s1 = stage.plan().text("/t");
        stage.plan().add(r);
        EXPECT_EQ(stage.run(record(Op::kSetAttr, kRecursive, MOUNT_ATTR_RDONLY)), 0);
        EXPECT_EQ(::mkdir("/mnt/root/t/x", 0755), -1);
        EXPECT_EQ(::mkdir("/mnt/root/t/below/x", 0755), -1);
    });
}

// spec: TmpcopyupContents
TEST(CopyUp, TakesContentsAlong)
{
    in_child([] {
        Stage stage;
        ::mkdir("/mnt/root/d", 01750);
        ::mkdir("/mnt/root/d/sub", 0711);
        put("/mnt/root/d/sub/file", std::string(3000, 'x'));
        ::chmod("/mnt/root/d/sub/file", 04755);
        EXPECT_EQ(::chown("/mnt/root/d/sub/file", 5, 6), 0);
        ::chmod("/mnt/root/d/sub/file", 04755);
        EXPECT_EQ(::symlink("/mnt/outside", "/mnt/root/d/link"), 0);
        EXPECT_EQ(::mkfifo("/mnt/root/d/fifo", 0600), 0);
        add_fs(stage, "tmpfs");
        Record r = record(Op::kCopyUp);
        r.s1 = stage.plan().text("/d");
        stage.plan().add(r);
        EXPECT_EQ(attach(stage, "/d"), 0) << stage.message().step;
        struct stat st = {};
        ::stat("/mnt/root/d/sub/file", &st);
        EXPECT_EQ(st.st_mode, 0104755U);
        EXPECT_EQ(st.st_uid, 5U);
        EXPECT_EQ(st.st_size, 3000);
        ::stat("/mnt/root/d", &st);
        EXPECT_EQ(st.st_mode & 07777, 01750U);
        EXPECT_TRUE(exists("/mnt/root/d/link"));
        EXPECT_TRUE(exists("/mnt/root/d/fifo"));
        ::unlink("/mnt/root/d/sub/file");
        EXPECT_EQ(::umount2("/mnt/root/d", MNT_DETACH), 0);
        EXPECT_TRUE(exists("/mnt/root/d/sub/file"));  // it was a copy
    });
}

// spec: MaskedPathsUnreadable
TEST(Mask, HidesFilesAndDirectories)
{
    in_child([] {
        Stage stage;
        put("/mnt/root/secret", "text");
        for (const char *dir : {"/mnt/root/d1", "/mnt/root/d2", "/mnt/root/d3"}) {
            ::mkdir(dir, 0755);
            put(std::string(dir) + "/x", "text");
        }
        EXPECT_EQ(::symlink("/secret", "/mnt/root/link"), 0);
        EXPECT_EQ(::symlink("/gone", "/mnt/root/dangling"), 0);
        for (const char *path :
             {"/secret", "/d1", "/d2", "/d3", "/missing", "/secret/x", "/dangling", "/link"}) {
            EXPECT_EQ(stage.run(record(Op::kMask), {path}), 0) << path;
        }
        EXPECT_EQ(contents("/mnt/root/secret"), "");
        struct stat st[3] = {};
        for (int i = 0; i < 3; ++i) {
            const std::string dir = "/mnt/root/d" + std::to_string(i + 1);
            EXPECT_FALSE(exists(dir + "/x"));
            EXPECT_EQ(::mkdir((dir + "/y").c_str(), 0755), -1);
            EXPECT_EQ(errno, EROFS);
            ::stat(dir.c_str(), &st[i]);
        }
        EXPECT_EQ(st[0].st_dev, st[2].st_dev);  // one superblock for all
        EXPECT_EQ(::umount("/mnt/root/secret"), 0);
        EXPECT_EQ(contents("/mnt/root/secret"), "text");  // /link found it masked and left it at that
    });
}

// The host's null is looked at, not believed (CVE-2025-31133).
TEST(Mask, RefusesANullThatIsNone)
{
    in_child([] {
        Stage stage;
        put("/mnt/root/secret", "text");
        EXPECT_EQ(::mount("tmpfs", "/dev", "tmpfs", 0, nullptr), 0);
        EXPECT_EQ(::mknod("/dev/null", S_IFCHR | 0666, makedev(1, 5)), 0);
        EXPECT_EQ(stage.run(record(Op::kMask), {"/secret"}), ENODEV);
        EXPECT_EQ(stage.message().detail, kNotNull);
        ::unlink("/dev/null");
        EXPECT_EQ(::symlink("zero", "/dev/null"), 0);
        EXPECT_EQ(stage.run(record(Op::kMask), {"/secret"}), ENODEV);
    });
}

// spec: ReadonlyPathsReadonly
TEST(Readonly, HoldsForAllBelow)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(attach_fs(stage, "tmpfs", "/d/below"), 0);
        put("/mnt/root/file", "text");
        for (const char *path : {"/d", "/file", "/missing"}) {
            EXPECT_EQ(stage.run(record(Op::kReadonly), {path}), 0) << path;
        }
        EXPECT_EQ(::mkdir("/mnt/root/d/x", 0755), -1);
        EXPECT_EQ(::mkdir("/mnt/root/d/below/x", 0755), -1);
        EXPECT_EQ(::open("/mnt/root/file", O_WRONLY | O_CLOEXEC), -1);
        EXPECT_EQ(::mkdir("/mnt/root/free", 0755), 0);
    });
}

}  // namespace
}  // namespace rt::init
