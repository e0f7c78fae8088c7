// SPDX-License-Identifier: Apache-2.0
//
// The container's root gets its place, and the host's goes.
#include <linux/mount.h>
#include <sys/statfs.h>

#include "in_root.h"

namespace rt::init {
namespace {

int clone_of(const char *path)
{
    return static_cast<int>(::syscall(__NR_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}

void add_root(Stage &stage, const char *path, int fd = -1, std::uint16_t flags = 0)
{
    Record r = record(Op::kRoot, flags);
    r.s1 = stage.plan().text(path);
    r.fd = fd;
    stage.plan().add(r);
}

void mark_root()
{
    put("/mnt/root/inside", "yes");
    ::mkdir("/mnt/root/proc", 0755);
    EXPECT_EQ(::mount("proc", "/mnt/root/proc", "proc", 0, nullptr), 0);
}

// spec: RootPathExist
TEST(Root, IsAllThatIsLeft)
{
    for (const std::uint16_t flags : {std::uint16_t{0}, std::uint16_t{kNoPivot}}) {
        in_child([flags] {
            Stage stage;
            mark_root();
            add_root(stage, "/mnt/root");
            EXPECT_EQ(stage.run(record(Op::kPivot, flags)), 0) << stage.message().detail;
            EXPECT_EQ(contents("/inside"), "yes");
            EXPECT_FALSE(exists("/mnt/root"));
            EXPECT_EQ(contents("/../inside"), "yes");
        });
    }
}

TEST(Root, OnTheWayThatCannotBeWalkedIsPutOnTop)
{
    for (const std::uint16_t flags : {std::uint16_t{0}, std::uint16_t{kNoPivot}}) {
        in_child([flags] {
            Stage stage;
            mark_root();
            const int tree = clone_of("/mnt/root");
            ::chmod("/mnt", 0);
            respect_modes();
            add_root(stage, "/mnt/root");
            EXPECT_EQ(stage.run(), EACCES) << "nobody handed its tree over";
            add_root(stage, "/mnt/root", tree);
            Record legacy = record(Op::kLegacyMount);
            legacy.s1 = legacy.s2 = stage.plan().text("tmpfs");
            stage.plan().add(legacy);
            EXPECT_EQ(stage.run(record(Op::kAttach), {"/made"}), 0) << stage.message().detail;
            EXPECT_EQ(stage.run(record(Op::kPivot, flags)), 0) << stage.message().detail;
            EXPECT_EQ(contents("/inside"), "yes");
            EXPECT_TRUE(exists("/made"));
            EXPECT_FALSE(exists("/mnt"));
        });
    }
}

TEST(Root, ASpareTreeIsForThatCaseAlone)
{
    for (const mode_t mode : {0755U, 0U}) {
        in_child([mode] {
            Stage stage;
            put("/mnt/root/inside", "own");
            put("/mnt/outside/inside", "spare");
            const int tree = clone_of("/mnt/outside");
            ::chmod("/mnt", mode);
            respect_modes();
            add_root(stage, "/mnt/root", tree, kSpare);
            EXPECT_EQ(stage.run(record(Op::kPivot)), 0) << stage.message().detail;
            EXPECT_EQ(contents("/inside"), mode == 0 ? "spare" : "own");
        });
    }
}

/// What mounting a new `type` says in a user namespace of its own: EPERM unless all of one is visible.
int mount_as_nobody(const char *type)
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET) != 0) {
            ::_exit(99);
        }
        const pid_t first = ::fork();
        if (first == 0) {
            ::_exit(::mount(type, "/jail", type, 0, nullptr) == 0 ? 0 : errno);
        }
        int status = 0;
        ::waitpid(first, &status, 0);
        ::_exit(WEXITSTATUS(status));
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

// A procfs of the host that stays somewhere in the namespace lets everybody mount one without masks.
TEST(NoPivot, LeavesNoProcfsOrSysfsOfTheHost)
{
    in_child([] {
        Stage stage;
        mark_root();
        EXPECT_EQ(::mount("tmpfs", "/mnt/root/proc/sys", "tmpfs", 0, nullptr), 0);  // a mask
        ::mkdir("/mnt/root/jail", 0755);
        ::mkdir("/mnt/outside/a b", 0755);
        EXPECT_EQ(::mount("proc", "/mnt/outside/a b", "proc", 0, nullptr), 0);
        add_root(stage, "/mnt/root");
        EXPECT_EQ(stage.run(record(Op::kPivot, kNoPivot)), 0) << stage.message().detail;
        EXPECT_EQ(contents("/inside"), "yes");
        EXPECT_EQ(mount_as_nobody("proc"), EPERM);
        EXPECT_EQ(mount_as_nobody("sysfs"), EPERM);
    });
}

}  // namespace
}  // namespace rt::init
