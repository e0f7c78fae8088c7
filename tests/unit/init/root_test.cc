// SPDX-License-Identifier: Apache-2.0
//
// The container's root gets its place, and the host's goes.
#include <linux/capability.h>
#include <linux/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include "in_root.h"

namespace rt::init {
namespace {

int clone_of(const char *path)
{
    return static_cast<int>(::syscall(__NR_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}

void add_root(Stage &stage, const char *path, int fd = -1)
{
    Record r = record(Op::kRoot);
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

/// Root may no more walk where modes forbid it.
void respect_modes()
{
    __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct sets[2] = {};
    EXPECT_EQ(::syscall(__NR_capget, &header, sets), 0);
    sets[0].effective &= ~((1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH));
    EXPECT_EQ(::syscall(__NR_capset, &header, sets), 0);
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
