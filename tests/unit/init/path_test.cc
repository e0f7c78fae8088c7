// SPDX-License-Identifier: Apache-2.0
//
// Nothing an image holds leads out of its root.  Everything twice: with openat2(2), and walked by component.
#include <dirent.h>
#include <sys/syscall.h>

#include <ctime>

#include "in_root.h"
#include "init/path.h"

namespace rt::init {
namespace {

void fill()
{
    ::mkdir("/mnt/root/a", 0755);
    ::mkdir("/mnt/root/a/b", 0755);
    put("/mnt/root/a/b/f", "inside");
    put("/mnt/outside/secret", "outside");
    constexpr const char *kLinks[][2] = {
        {"/a/b", "abs"},
        {"../../outside", "up"},
        {"/mnt/outside", "evil"},
        {"loop2", "loop1"},
        {"loop1", "loop2"},
        {"/new/place", "dangling"},
        {"../../outside/made", "dangling-up"},
        {"../a/b/f", "a/rel"},
        {"/", "slash"},
        {"../../../..", "a/b/high"},
        {"nowhere/../../../outside/x", "tricky"},
    };
    for (const auto &link : kLinks) {
        EXPECT_EQ(::symlink(link[0], (std::string("/mnt/root/") + link[1]).c_str()), 0) << link[1];
    }
    ::mkdir("/mnt/root/proc", 0755);
    EXPECT_EQ(::mount("proc", "/mnt/root/proc", "proc", 0, nullptr), 0);
}

/// Entries of a directory that are not ours to make.
int strangers()
{
    int count = 0;
    DIR *dir = ::opendir("/mnt/outside");
    while (const dirent *entry = ::readdir(dir)) {
        const std::string name = entry->d_name;
        count += name != "." && name != ".." && name != "secret" ? 1 : 0;
    }
    ::closedir(dir);
    return count;
}

/// What `fd` is: the errno as text, or "ok" if it is the file at `place`.
std::string judge(int fd, const char *place)
{
    if (fd < 0) {
        return ::strerrorname_np(-fd);
    }
    struct stat got = {}, wanted = {};
    ::fstat(fd, &got);
    ::close(fd);
    if (::lstat(place, &wanted) != 0) {
        return "opened something";
    }
    return got.st_ino == wanted.st_ino && got.st_dev == wanted.st_dev ? place : "another file";
}

struct Lookup {
    const char *path;
    const char *expected;  ///< where it is on the host, or the error
};

// clang-format off
constexpr Lookup kLookups[] = {
    {"/",                  "/mnt/root"},
    {"",                   "/mnt/root"},
    {"..",                 "/mnt/root"},
    {"/../../..",          "/mnt/root"},
    {"a/b",                "/mnt/root/a/b"},
    {"//a/./b//",          "/mnt/root/a/b"},
    {"a/../a/b/..",        "/mnt/root/a"},
    {"abs/f",              "/mnt/root/a/b/f"},
    {"a/rel",              "/mnt/root/a/b/f"},
    {"slash/a",            "/mnt/root/a"},
    {"a/b/high/a",         "/mnt/root/a"},
    {"abs/../b",           "/mnt/root/a/b"},
    {"proc/self/../stat",  "/mnt/root/proc/stat"},
    {"up",                 "ENOENT"},
    {"up/secret",          "ENOENT"},
    {"evil",               "ENOENT"},
    {"evil/secret",        "ENOENT"},
    {"dangling",           "ENOENT"},
    {"loop1",              "ELOOP"},
    {"a/b/f/x",            "ENOTDIR"},
    {"proc/self/root",     "ELOOP"},
    {"proc/self/cwd/a",    "ELOOP"},
    {"proc/self/exe",      "ELOOP"},
    {"proc/self/ns/mnt",   "ELOOP"},
};
// clang-format on

void look_up(bool walks)
{
    fill();
    Stage stage(walks);
    for (const Lookup &l : kLookups) {
        EXPECT_EQ(judge(open_in_root(stage.context(), l.path, O_PATH), l.expected), l.expected)
            << l.path << (walks ? " walked" : "");
    }
    const std::string longer(300, 'x');
    EXPECT_EQ(open_in_root(stage.context(), longer.c_str(), O_PATH), -ENAMETOOLONG);
    EXPECT_EQ(stage.context().walks, walks);
}

// spec: MountsDestInRoot
TEST(Path, StaysInTheRoot)
{
    in_child([] { look_up(false); });
}
TEST(Path, StaysInTheRootWalked)
{
    in_child([] { look_up(true); });
}

struct Making {
    const char *path;
    Make what;
    const char *expected;
};

// clang-format off
constexpr Making kMakings[] = {
    {"x/y/z",              Make::kDirectory, "/mnt/root/x/y/z"},
    {"x/y/file",           Make::kFile,      "/mnt/root/x/y/file"},
    {"/x/./w/",            Make::kDirectory, "/mnt/root/x/w"},
    {"dangling/sub",       Make::kFile,      "/mnt/root/new/place/sub"},
    {"dangling",           Make::kDirectory, "/mnt/root/new/place"},
    {"dangling-up",        Make::kFile,      "/mnt/root/outside/made"},
    {"up/made",            Make::kFile,      "/mnt/root/outside/made"},
    {"evil/made",          Make::kDirectory, "/mnt/root/mnt/outside/made"},
    {"abs/new",            Make::kFile,      "/mnt/root/a/b/new"},
    {"a/b/f",              Make::kDirectory, "/mnt/root/a/b/f"},
    {"../../../m",         Make::kDirectory, "/mnt/root/m"},
    {"missing/../q",       Make::kDirectory, "EINVAL"},
    {"tricky",             Make::kFile,      "EINVAL"},
    {"a/b/f/x",            Make::kDirectory, "ENOTDIR"},
    {"loop1/x",            Make::kDirectory, "ELOOP"},
    {"proc/self/root/x",   Make::kDirectory, "ELOOP"},
};
// clang-format on

void make_all(bool walks)
{
    fill();
    Stage stage(walks);
    for (const Making &m : kMakings) {
        EXPECT_EQ(judge(make_in_root(stage.context(), m.path, m.what, 0755), m.expected), m.expected)
            << m.path << (walks ? " walked" : "");
    }
    EXPECT_EQ(strangers(), 0);
    EXPECT_FALSE(exists("/mnt/root/missing"));
}

TEST(Path, MakesWhatIsMissing)
{
    in_child([] { make_all(false); });
}
TEST(Path, MakesWhatIsMissingWalked)
{
    in_child([] { make_all(true); });
}

TEST(Path, ParentTakesNoName)
{
    in_child([] {
        Stage stage;
        char name[256];
        for (const char *path : {"/", "", "..", "a/..", "/."}) {
            EXPECT_EQ(parent_in_root(stage.context(), path, name), -EINVAL) << path;
        }
        EXPECT_GE(parent_in_root(stage.context(), "p/q/name//", name), 0);
        EXPECT_STREQ(name, "name");
    });
}

/// Somebody in the container who swaps a directory with a link that leads out.
pid_t start_swapping()
{
    ::mkdir("/mnt/root/swap", 0755);
    ::mkdir("/mnt/root/swap/d", 0755);
    EXPECT_EQ(::symlink("../../outside", "/mnt/root/swap/l"), 0);
    const pid_t pid = ::fork();
    for (; pid == 0;) {
        ::syscall(SYS_renameat2, AT_FDCWD, "/mnt/root/swap/d", AT_FDCWD, "/mnt/root/swap/l",
                  2 /* RENAME_EXCHANGE */);
    }
    return pid;
}

int race(bool walks)
{
    const pid_t swapper = start_swapping();
    Stage stage(walks);
    int made = 0;
    const std::time_t end = std::time(nullptr) + 2;
    for (int i = 0; std::time(nullptr) < end; ++i) {
        const std::string path = "swap/d/sub" + std::to_string(i % 500) + "/file" + std::to_string(i);
        const int fd = make_in_root(stage.context(), path.c_str(), Make::kFile, 0644);
        made += fd >= 0 ? 1 : 0;
        ::close(fd);
        const int seen = open_in_root(stage.context(), "swap/d/secret", O_PATH);
        EXPECT_LT(seen, 0);
        ::close(seen);
    }
    ::kill(swapper, SIGKILL);
    ::waitpid(swapper, nullptr, 0);
    EXPECT_EQ(strangers(), 0);
    return made;
}

// The mount target that is swapped while it is made (CVE-2024-45310).
TEST(Path, SwappedDirectoryLeadsNowhere)
{
    in_child([] { EXPECT_GT(race(false), 10); });
}
TEST(Path, SwappedDirectoryLeadsNowhereWalked)
{
    in_child([] { EXPECT_GT(race(true), 10); });
}

}  // namespace
}  // namespace rt::init
