// SPDX-License-Identifier: Apache-2.0
//
// Layers that want to leave their directory, or to be more than there is room for.  Whatever becomes of them,
// nothing beside the directory is touched (Scratch has a canary there).
#include "unpacked_tree.h"

namespace rt::layer {
namespace {

using T = TarMaker;
using Layers = std::vector<std::string>;

struct Hostile {
    const char *name;
    Layers layers;
    std::string expected;  ///< what is there then, or the error of the last layer
};

class HostileLayers : public testing::TestWithParam<Hostile> {};

TEST_P(HostileLayers, StayInside)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "namespaces take root";
    }
    EXPECT_EQ(flat(GetParam().layers), GetParam().expected);
}

const std::vector<Hostile> kEscapes = {
    {"DotDot", {T().file("../canary", "x").end()}, "error: \"../canary\": a path with \"..\" in it"},
    {"DotDotInside",
     {T().file("d/../../canary", "x").end()},
     "error: \"d/../../canary\": a path with \"..\" in it"},
    {"Absolute", {T().file("/canary", "x").end()}, "canary 0644 x\n"},
    {"LinkAboveInOneLayer",
     {T().symlink("l", "..").file("l/canary", "x").end()},
     "error: \"l/canary\": the layer has something in \"l\", which it makes no directory"},
    {"LinkAboveInTwoLayers",
     {T().symlink("l", "..").end(), T().file("l/canary", "x").end()},
     "l/ 0755\nl/canary 0644 x\n"},
    {"AbsoluteLinkInTwoLayers",
     {T().symlink("l", "/tmp").end(), T().file("l/canary", "x").end()},
     "l/ 0755\nl/canary 0644 x\n"},
    {"LinkAboveAsDirectory",
     {T().symlink("l", "..").end(), T().entry({.name = "l", .type = '5', .mode = "0000777"}).end()},
     "l/ 0777\n"},
    {"ThroughALinkOfItsName", {T().symlink("l", "../canary").file("l", "x").end()}, "l 0644 x\n"},
    {"ThroughALinkBelow", {T().symlink("l", "../canary").end(), T().file("l", "x").end()}, "l 0644 x\n"},
    {"ThroughAFifo", {T().entry({.name = "p", .type = '6'}).file("p", "x").end()}, "p 0644 x\n"},
    {"ThroughAHardLink",
     {T().symlink("l", "../canary").link("h", "l").file("h", "x").end()},
     "h 0644 x\nl -> ../canary\n"},
    {"HardLinkOutside", {T().link("h", "../canary").end()}, "error: \"h\": a path with \"..\" in it"},
    {"HardLinkThroughALink",
     {T().symlink("l", "..").link("h", "l/canary").end()},
     "error: \"h\": hard link to \"l/canary\": the layer has no such file"},
    {"HardLinkToNothing",
     {T().link("h", "nothing").end()},
     "error: \"h\": hard link to \"nothing\": the layer has no such file"},
    {"HardLinkToItself", {T().link("h", "./h").end()}, "error: \"h\": a hard link to itself"},
    {"HardLinkToADirectory", {T().dir("d").link("h", "d").end()}, "error: \"h\": a hard link to a directory"},
    {"RootIsALink", {T().symlink("./", "..").end()}, "error: \"./\": a symbolic link in place of the root"},
    {"RootIsALinkBySlash",
     {T().symlink("/", "/tmp").end()},
     "error: \"/\": a symbolic link in place of the root"},
    {"RootIsAFile", {T().file(".", "x").end()}, "error: \".\": a file in place of the root"},
    {"WhiteoutOfDotDot", {T().file(".wh...", "").end()}, "error: \".wh...\": a whiteout of nothing"},
    {"WhiteoutOfDot", {T().file(".wh..", "").end()}, "error: \".wh..\": a whiteout of nothing"},
    {"WhiteoutOfNothing", {T().file("d/.wh.", "").end()}, "error: \"d/.wh.\": a whiteout of nothing"},
    {"WhiteoutThroughALink", {T().symlink("l", "..").end(), T().file("l/.wh.canary", "").end()}, "l/ 0755\n"},
    {"OpaqueThroughALink", {T().symlink("l", "..").end(), T().file("l/.wh..wh..opq", "").end()}, "l/ 0755\n"},
    {"SomethingBelowAWhiteout",
     {T().file(".wh.d/x", "").end()},
     "error: \".wh.d/x\": something below a whiteout"},
    {"OverlayfsWhiteout",
     {T().entry({.name = "c", .type = '3'}).end()},
     "error: \"c\": a character device 0:0, which is a whiteout to overlayfs"},
};

INSTANTIATE_TEST_SUITE_P(Escapes, HostileLayers, testing::ValuesIn(kEscapes),
                         [](const testing::TestParamInfo<Hostile> &one) {
                             return std::string(one.param.name);
                         });

TEST(Limits, OfBytesEntriesAndNames)
{
    const Scratch scratch;
    const std::string root = scratch.path + "/root";
    const auto refused = [&](const std::string &archive, const UnpackLimits &limits) {
        return unpack_into(root, archive, LayerForm::kFlat, limits);
    };
    EXPECT_EQ(refused(T().file("a", std::string(5000, 'x')).end(), {.most_bytes = 4000}),
              "error: more than 4000 bytes come out of it (--max-size allows more)");
    EXPECT_EQ(refused(T().file("a", "").file("b", "").end(), {.most_entries = 1}),
              "error: \"b\": more than 1 entries");
    // A file of nothing but a hole is large as well.
    const std::string hole =
        T().pax({{"GNU.sparse.size", "1000000"}, {"GNU.sparse.map", "0,0"}}).file("a", "").end();
    EXPECT_TRUE(refused(hole, {.most_bytes = 100'000}).ends_with("File too large"));
    const std::string name(256, 'n');
    EXPECT_EQ(refused(T().pax({{"path", name}}).file("x", "").end(), {}),
              "error: \"" + name + "\": a name of more than 255 bytes");
    EXPECT_TRUE(refused(T().pax({{"path", std::string(5000, 'n')}}).file("x", "").end(), {})
                    .ends_with("a path of more than 4095 bytes"));
}

TEST(Limits, ADirectoryAsDeepAsAPathCanBe)
{
    const Scratch scratch;
    std::string path;
    for (int i = 0; i < 2000; ++i) {
        path += "d/";
    }
    ASSERT_EQ(unpack_into(scratch.path + "/root", T().pax({{"path", path + "file"}}).file("x", "").end(),
                          LayerForm::kFlat),
              "");
    scratch.expect_untouched();
}

// spec: ImageHashFirst, ImageContentVerified
TEST(Digests, AreCheckedBeforeAnythingIsMade)
{
    const Scratch scratch;
    const std::string archive = T().file("a", "x").end();
    auto file = kernel::memfd_create("layer", 0);
    ASSERT_TRUE(kernel::write_all(*file, archive));
    auto root = kernel::openat(kernel::kCwd, scratch.path + "/root", O_RDONLY | O_DIRECTORY);
    const Digest right = Digest::of(std::string_view(archive));
    const Digest wrong = Digest::of(std::string_view("something else"));
    PackedLayer layer = {*file, 0, archive.size(), wrong, right};
    const auto done = unpack_layer(layer, *root, LayerForm::kFlat, {});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().text(), str("the blob's digest is ", right.text(), ", not ", wrong.text(),
                                       " (the image is damaged, or not what it says: get it again)"));
    EXPECT_EQ(done.error().blame(), Blame::kDamaged);
    EXPECT_EQ(listing(scratch.path + "/root"), "");
    layer = {*file, 0, archive.size(), right, wrong};
    EXPECT_TRUE(
        unpack_layer(layer, *root, LayerForm::kFlat, {}).error().text().starts_with("the DiffID is "));
    layer = {*file, 0, archive.size() + 1, {}, {}};
    EXPECT_EQ(unpack_layer(layer, *root, LayerForm::kFlat, {}).error().text(),
              "the file ends 1 bytes too early");
    layer = {*file, 0, archive.size(), right, right};
    EXPECT_TRUE(unpack_layer(layer, *root, LayerForm::kFlat, {}));
}

}  // namespace
}  // namespace rt::layer
