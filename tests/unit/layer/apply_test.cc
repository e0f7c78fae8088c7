// SPDX-License-Identifier: Apache-2.0
//
// Layers made into files, as root, on the file system of /tmp.
#include <sys/xattr.h>

#include "unpacked_tree.h"

namespace rt::layer {
namespace {

using T = TarMaker;
using Layers = std::vector<std::string>;

struct Case {
    const char *name;
    Layers layers;
    std::string expected;
};

class Applied : public testing::TestWithParam<Case> {};

// spec: ImageDirectoryReplaced, ImageEntryReplaces, ImageWhiteoutLower
TEST_P(Applied, IntoOneTreeAndAsOverlayfsHasIt)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "devices and owners take root";
    }
    EXPECT_EQ(flat(GetParam().layers), GetParam().expected);
    EXPECT_EQ(overlaid(GetParam().layers), GetParam().expected);
}

const std::string kLower =
    T().dir("d").file("d/a", "1").file("d/b", "2").dir("d/s").file("d/s/x", "3").file("f", "4").end();

// image-spec's layer.md, "Change Types" and "Whiteouts".
const std::vector<Case> kCases = {
    {"EveryKind",
     {T().dir("d/")
          .entry({.name = "d/f", .mode = "0006755", .uid = "0000001", .gid = "0000002"}, "x")
          .symlink("s", "d/f")
          .entry({.name = "p", .type = '6'})
          .entry({.name = "c", .type = '3', .mode = "0000666", .major = "0000001", .minor = "0000003"})
          .end()},
     "c 0666 dev 259\nd/ 0755\nd/f 6755 1:2 x\np 0644 fifo\ns -> d/f\n"},
    {"NamesOfManyShapes",
     {T().dir("./").file("./a", "1").file("/b", "2").file("d//./c", "3").end()},
     "a 0644 1\nb 0644 2\nd/ 0755\nd/c 0644 3\n"},
    {"ChildrenStay",
     {kLower, T().entry({.name = "d", .type = '5', .mode = "0000700", .uid = "0000005"}).end()},
     "d/ 0700 5:0\nd/a 0644 1\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\nf 0644 4\n"},
    {"FileInPlaceOfDirectory", {kLower, T().file("d", "new").end()}, "d 0644 new\nf 0644 4\n"},
    {"DirectoryInPlaceOfFile",
     {kLower, T().dir("f").file("f/x", "5").end()},
     "d/ 0755\nd/a 0644 1\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\nf/ 0755\nf/x 0644 5\n"},
    {"Whiteout",
     {kLower, T().dir("d").file("d/.wh.a", "").file(".wh.f", "").end()},
     "d/ 0755\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\n"},
    {"WhiteoutOfADirectory",
     {kLower, T().file("d/.wh.s", "").end()},
     "d/ 0755\nd/a 0644 1\nd/b 0644 2\nf 0644 4\n"},
    {"WhiteoutBehindItsName",
     {kLower, T().dir("d").file("d/a", "new").file("d/.wh.a", "").end()},
     "d/ 0755\nd/a 0644 new\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\nf 0644 4\n"},
    {"WhiteoutBeforeItsName",
     {kLower, T().dir("d").file("d/.wh.a", "").file("d/a", "new").end()},
     "d/ 0755\nd/a 0644 new\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\nf 0644 4\n"},
    {"WhiteoutAndTheDirectoryAnew",
     {kLower, T().file(".wh.d", "").dir("d").file("d/n", "5").end()},
     "d/ 0755\nd/n 0644 5\nf 0644 4\n"},
    {"TheDirectoryAnewAndItsWhiteout",
     {kLower, T().dir("d").file("d/n", "5").file(".wh.d", "").end()},
     "d/ 0755\nd/n 0644 5\nf 0644 4\n"},
    {"Opaque",
     {kLower, T().dir("d").file("d/.wh..wh..opq", "").file("d/n", "5").end()},
     "d/ 0755\nd/n 0644 5\nf 0644 4\n"},
    {"OpaqueBehind",
     {kLower, T().dir("d").file("d/n", "5").dir("d/s").file("d/s/y", "6").file("d/.wh..wh..opq", "").end()},
     "d/ 0755\nd/n 0644 5\nd/s/ 0755\nd/s/y 0644 6\nf 0644 4\n"},
    {"OpaqueTwiceAndWhiteoutsInside",
     {kLower, T().dir("d")
                  .file("d/.wh..wh..opq", "")
                  .file("d/.wh.a", "")
                  .file("d/s/.wh..wh..opq", "")
                  .file("d/s/.wh.x", "")
                  .end()},
     "d/ 0755\nd/s/ 0755\nf 0644 4\n"},
    {"WhiteoutBelowAWhiteout",
     {kLower, T().file(".wh.d", "").file("d/.wh.a", "").end()},
     "d/ 0755\nf 0644 4\n"},
    {"WhiteoutThenBack",
     {kLower, T().file(".wh.f", "").end(), T().file("f", "again").end()},
     "d/ 0755\nd/a 0644 1\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\nf 0644 again\n"},
    {"WhiteoutIsAnEntryOfAnyKind",
     {kLower, T().dir("d").symlink("d/.wh.a", "b").end()},
     "d/ 0755\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\nf 0644 4\n"},
    {"RemainsOfAufs",
     {kLower, T().dir(".wh..wh.plnk").file(".wh..wh.aufs", "").file(".wh.f", "").end()},
     "d/ 0755\nd/a 0644 1\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\n"},
    {"LastOfTwo",
     {T().file("a", "1")
          .file("a", "2")
          .dir("d")
          .file("d/x", "")
          .file("d", "3")
          .symlink("s", "t")
          .file("s", "4")
          .end()},
     "a 0644 2\nd 0644 3\ns 0644 4\n"},
    {"HardLinks",
     {T().file("a", "1").link("b", "a").link("./c", "/a").end()},
     "a 0644 x3 1\nb 0644 x3 1\nc 0644 x3 1\n"},
    {"HardLinkBeforeItsTarget", {T().link("b", "a").file("a", "1").end()}, "a 0644 x2 1\nb 0644 x2 1\n"},
    {"HardLinkToALink", {T().symlink("s", "nowhere").link("l", "s").end()}, "l -> nowhere\ns -> nowhere\n"},
};

INSTANTIATE_TEST_SUITE_P(Layer, Applied, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<Case> &one) { return std::string(one.param.name); });

TEST(Apply, ADirectoryThatIsOnlyImpliedKeepsWhatItHas)
{
    const std::string lower =
        T().entry({.name = "d", .type = '5', .mode = "0001777", .uid = "0000007", .mtime = "00000001750"})
            .end();
    const Scratch scratch;
    const std::string root = scratch.path + "/root";
    ASSERT_EQ(unpack_into(root, lower, LayerForm::kFlat), "");
    ASSERT_EQ(unpack_into(root, T().file("d/new", "x").file("d/.wh.gone", "").end(), LayerForm::kFlat), "");
    EXPECT_EQ(listing(root), "d/ 1777 7:0\nd/new 0644 x\n");
    struct stat d = {};
    ASSERT_EQ(::stat((root + "/d").c_str(), &d), 0);
    EXPECT_EQ(d.st_mtime, 1000);
}

// spec: ImageLayerAttributes
TEST(Apply, TimesAndAttributes)
{
    const Scratch scratch;
    const std::string root = scratch.path + "/root";
    const std::string caps("\x01\0\0\x02\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    ASSERT_EQ(unpack_into(root,
                          T().pax({{"mtime", "-1.5"},
                                   {"SCHILY.xattr.security.capability", caps},
                                   {"SCHILY.xattr.security.selinux", "no"}})
                              .file("a", "x")
                              .pax({{"mtime", "7.25"}})
                              .symlink("s", "a")
                              .pax({{"mtime", "8"}})
                              .dir("d")
                              .file("d/x", "")
                              .end(),
                          LayerForm::kFlat),
              "");
    struct stat s = {};
    ASSERT_EQ(::lstat((root + "/a").c_str(), &s), 0);
    EXPECT_EQ(s.st_mtim.tv_sec, -2);
    EXPECT_EQ(s.st_mtim.tv_nsec, 500'000'000);
    ASSERT_EQ(::lstat((root + "/s").c_str(), &s), 0);
    EXPECT_EQ(s.st_mtim.tv_nsec, 250'000'000);
    ASSERT_EQ(::lstat((root + "/d").c_str(), &s), 0);
    EXPECT_EQ(s.st_mtim.tv_sec, 8);
    char value[100];
    EXPECT_EQ(::lgetxattr((root + "/a").c_str(), "security.capability", value, sizeof value), 20);
    EXPECT_EQ(::lgetxattr((root + "/a").c_str(), "security.selinux", value, sizeof value), -1);
}

// Taken as they are, they would tell our own mount to take a directory from elsewhere.
TEST(Apply, AttributesOfOverlayfsAreEscapedOrLeftOut)
{
    const std::string layer = T().pax({{"SCHILY.xattr.trusted.overlay.redirect", "/x"},
                                       {"SCHILY.xattr.trusted.overlay.opaque", "y"}})
                                  .dir("d")
                                  .end();
    for (const LayerForm form : {LayerForm::kFlat, LayerForm::kOverlay}) {
        const Scratch scratch;
        const std::string d = scratch.path + "/root/d";
        ASSERT_EQ(unpack_into(scratch.path + "/root", layer, form), "");
        char value[100];
        EXPECT_EQ(::lgetxattr(d.c_str(), "trusted.overlay.redirect", value, sizeof value), -1);
        EXPECT_EQ(::lgetxattr(d.c_str(), "trusted.overlay.opaque", value, sizeof value), -1);
        EXPECT_EQ(::lgetxattr(d.c_str(), "trusted.overlay.overlay.redirect", value, sizeof value),
                  form == LayerForm::kOverlay ? 2 : -1);
    }
}

TEST(Apply, HolesAreHoles)
{
    const Scratch scratch;
    const std::string archive =
        T().pax({{"GNU.sparse.size", "1073741824"}, {"GNU.sparse.map", "536870912,3"}})
            .file("a", "abc")
            .end();
    ASSERT_EQ(unpack_into(scratch.path + "/root", archive, LayerForm::kFlat), "");
    struct stat s = {};
    ASSERT_EQ(::stat((scratch.path + "/root/a").c_str(), &s), 0);
    EXPECT_EQ(s.st_size, 1 << 30);
    EXPECT_LT(s.st_blocks, 100);
}

}  // namespace
}  // namespace rt::layer
