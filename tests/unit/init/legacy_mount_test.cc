// SPDX-License-Identifier: Apache-2.0
//
// New mounts whose options are too much for a string of fsconfig(2).
#include <sys/statfs.h>

#include <algorithm>

#include "in_root.h"

namespace rt::init {
namespace {

constexpr long kTmpfs = 0x01021994, kOverlay = 0x794c7630;

long magic_of(const char *path)
{
    struct statfs st = {};
    return ::statfs(path, &st) == 0 ? st.f_type : -1;
}

std::size_t mounts()
{
    const std::string text = contents("/proc/self/mounts");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

int attach(Stage &stage, const char *place) { return stage.run(record(Op::kAttach), {place}); }

void add_legacy(Stage &stage, const char *data, std::uint16_t flags = 0, std::uint64_t ms_flags = 0)
{
    Record r = record(Op::kLegacyMount, flags, ms_flags);
    r.s1 = stage.plan().text("tmpfs");
    r.s2 = stage.plan().text("legacy");
    r.s3 = stage.plan().text(data);
    stage.plan().add(r);
}

TEST(LegacyMount, GetsItsPlaceLikeAnyOther)
{
    in_child([] {
        Stage stage;
        const std::size_t before = mounts();
        add_legacy(stage, "mode=0710,size=64k", 0, MS_NOSUID);
        EXPECT_EQ(attach(stage, "/new"), 0);
        struct statfs st = {};
        EXPECT_EQ(::statfs("/mnt/root/new", &st), 0);
        EXPECT_EQ(st.f_type, kTmpfs);
        EXPECT_EQ(st.f_blocks * static_cast<unsigned long>(st.f_bsize), 65536U);
        EXPECT_NE(st.f_flags & MS_NOSUID, 0);
        EXPECT_EQ(mounts(), before + 1) << "nothing stays on top of the root";
        EXPECT_EQ(::mount("proc", "/mnt/root/proc", "proc", 0, nullptr), -1);
        ::mkdir("/mnt/root/proc", 0755);
        EXPECT_EQ(::mount("proc", "/mnt/root/proc", "proc", 0, nullptr), 0);
        add_legacy(stage, "");
        EXPECT_EQ(attach(stage, "/proc/sys"), EPERM);
        EXPECT_EQ(stage.message().detail, kInsideProc);
    });
}

TEST(LegacyMount, FailsWithoutTouchingTheRoot)
{
    in_child([] {
        Stage stage;
        const std::size_t before = mounts();
        add_legacy(stage, "size=nonsense");
        EXPECT_EQ(stage.run(), EINVAL);
        EXPECT_EQ(stage.message().detail, static_cast<std::uint32_t>(__NR_mount));
        EXPECT_EQ(mounts(), before);
    });
}

TEST(LegacyMount, StandsInForWhatFsconfigDoesNotKnow)
{
    in_child([] {
        Stage stage;
        for (const char *option : {"size=64k", "unknown=option"}) {
            Record r = record(Op::kFsMount, kMayFail);
            r.s1 = stage.plan().text("tmpfs");
            r.s3 = stage.plan().words({option});
            stage.plan().add(r);
            add_legacy(stage, "size=128k", kInstead);
            EXPECT_EQ(attach(stage, option), 0);
        }
        struct statfs st[2] = {};
        ::statfs("/mnt/root/size=64k", &st[0]);
        ::statfs("/mnt/root/unknown=option", &st[1]);
        EXPECT_EQ(st[0].f_blocks * 2, st[1].f_blocks);
        EXPECT_EQ(st[1].f_type, kTmpfs);
    });
}

// A directory whose path is longer than 255 bytes, and one with every byte that has a meaning.
// spec: MountsFilesystems
TEST(FsMount, TakesLayersOneByOneAndLongOnesOpen)
{
    in_child([] {
        Stage stage;
        const std::string odd = "/mnt/outside/a,b:c\\d";
        const std::string deep = "/mnt/outside/" + std::string(200, 'x') + "/" + std::string(200, 'y');
        for (const std::string &dir : {odd, deep.substr(0, 213), deep}) {
            EXPECT_EQ(::mkdir(dir.c_str(), 0755), 0) << dir;
        }
        put(odd + "/odd", "odd");
        put(deep + "/deep", "deep");
        Record r = record(Op::kFsMount);
        r.s1 = stage.plan().text("overlay");
        r.s3 = stage.plan().words({"lowerdir+=" + odd, "lowerdir+=" + deep});
        stage.plan().add(r);
        const int err = attach(stage, "/o");
        if (err == EINVAL) {
            GTEST_SKIP() << "layers by descriptor need Linux 6.13";
        }
        EXPECT_EQ(err, 0) << stage.message().note;
        EXPECT_EQ(magic_of("/mnt/root/o"), kOverlay);
        EXPECT_EQ(contents("/mnt/root/o/odd"), "odd");
        EXPECT_EQ(contents("/mnt/root/o/deep"), "deep");
    });
}

}  // namespace
}  // namespace rt::init
