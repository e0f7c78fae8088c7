// SPDX-License-Identifier: Apache-2.0
//
// Two trees, the layer that makes one of the other, and what that layer really makes of it.
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <random>

#include "kernel/calls_tree.h"
#include "pack/changes.h"
#include "pack/pack_changes.h"
#include "text_sink.h"
#include "told.h"
#include "unpacked_tree.h"

namespace rt::pack {
namespace {

using layer::LayerForm;
using T = layer::TarMaker;

/// Trees by number, in a directory of the test's own.
class Trees {
public:
    /// A new one of these layers.
    std::string make(const std::vector<std::string> &layers, LayerForm form = LayerForm::kFlat)
    {
        const std::string path = str(scratch_.path, "/root/", next_++);
        EXPECT_EQ(::mkdir(path.c_str(), 0755), 0);
        for (const std::string &layer : layers) {
            EXPECT_EQ(layer::unpack_into(path, layer, form), "");
        }
        return path;
    }

private:
    layer::Scratch scratch_;
    int next_ = 0;
};

MergedDirectory merged(const std::vector<std::string> &paths, Overlay overlay = Overlay::kTrusted)
{
    std::vector<Fd> roots;
    for (const std::string &path : paths) {
        auto dir = kernel::openat(kernel::kCwd, path, O_RDONLY | O_DIRECTORY);
        EXPECT_TRUE(dir) << path;
        roots.push_back(std::move(dir).take());
    }
    auto root = MergedDirectory::root(std::move(roots), overlay);
    EXPECT_TRUE(root);
    return std::move(root).take();
}

/// "C d\nA d/new\n", or the error.
std::string between(const MergedDirectory *before, const MergedDirectory &after)
{
    auto found = changes(before, after);
    if (!found) {
        return "error: " + found.error().text();
    }
    std::string out;
    for (const Change &change : *found) {
        out += str(static_cast<char>(change.kind), " ", change.path, "\n");
    }
    return out;
}

std::string layer_of(const MergedDirectory *before, const MergedDirectory &after)
{
    auto found = changes(before, after);
    EXPECT_TRUE(found);
    TextSink out;
    TarWriter tar(out);
    const Status packed = pack_changes(after, *found, tar);
    EXPECT_TRUE(packed) << packed.error().text();
    EXPECT_TRUE(tar.finish());
    return out.text;
}

struct Case {
    const char *name;
    std::string before, after, expected;
};

const std::string kLower =
    T().dir("d").file("d/a", "1").file("d/b", "2").dir("d/s").file("d/s/x", "3").file("f", "4").end();

const std::vector<Case> kCases = {
    {"Nothing", kLower, kLower, ""},
    {"Added", kLower,
     T().dir("d")
         .file("d/a", "1")
         .file("d/b", "2")
         .dir("d/s")
         .file("d/s/x", "3")
         .file("d/s/y", "")
         .file("f", "4")
         .end(),
     "C \nC d\nC d/s\nA d/s/y\n"},
    {"Deleted", kLower, T().dir("d").file("d/a", "1").file("f", "4").end(), "C \nC d\nD d/b\nD d/s\n"},
    {"ContentOfTheSameSizeAndTime", T().file("f", "1").end(), T().file("f", "2").end(), "C \nC f\n"},
    {"Mode", T().dir("d").end(), T().entry({.name = "d", .type = '5', .mode = "0000700"}).end(), "C \nC d\n"},
    {"FileForDirectory", kLower, T().file("d", "").file("f", "4").end(), "C \nC d\n"},
    {"DirectoryForFile", T().file("f", "").end(), T().dir("f").file("f/x", "").end(), "C \nC f\nA f/x\n"},
    {"LinkElsewhere", T().symlink("s", "a").end(), T().symlink("s", "b").end(), "C \nC s\n"},
    {"OneMoreNameOfAFile", T().dir("d").file("d/x", "1").end(),
     T().dir("d").file("d/x", "1").link("y", "d/x").end(), "C \nC d\nC d/x\nA y\n"},
    {"TornApart", T().file("x", "1").link("y", "x").end(), T().file("x", "1").file("y", "1").end(),
     "C \nC y\n"},
    {"GrownTogether", T().file("x", "1").file("y", "1").end(), T().file("x", "1").link("y", "x").end(),
     "C \nC x\nC y\n"},
    {"OneNameLess", T().file("x", "1").link("y", "x").link("z", "x").end(),
     T().file("y", "1").link("z", "y").end(), "C \nD x\n"},
};

class Compared : public testing::TestWithParam<Case> {
protected:
    void SetUp() override
    {
        if (::geteuid() != 0) {
            GTEST_SKIP() << "unpacking takes root";
        }
    }
};

TEST_P(Compared, Gives)
{
    Trees trees;
    const Case &c = GetParam();
    const MergedDirectory before = merged({trees.make({c.before})}), after = merged({trees.make({c.after})});
    // Their roots differ in time, as directories do in which something was made.
    const std::string expected = c.expected.empty() ? "C \n" : c.expected;
    EXPECT_EQ(between(&before, after), expected);
}

INSTANTIATE_TEST_SUITE_P(, Compared, testing::ValuesIn(kCases),
                         [](const auto &one) { return std::string(one.param.name); });

/// A tree of few names and contents, so that two of them have much in common.
class RandomTree {
public:
    explicit RandomTree(unsigned seed) : random_(seed) {}

    std::string archive()
    {
        directory("", 0);
        return tar_.end();
    }

private:
    unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }
    std::string mode() { return pick(4) == 0 ? "0000700" : "0000755"; }

    void directory(const std::string &prefix, int depth)
    {
        for (const char *name : {"a", "a-", "b", "c"}) {
            const std::string path = prefix + name;
            switch (pick(depth < 3 ? 8 : 5)) {
            case 0:
                break;
            case 1:
                tar_.symlink(path, pick(2) == 0 ? "a" : "b");
                break;
            case 2:
                tar_.entry({.name = path, .type = '6'});
                break;
            case 3:
                if (!files_.empty()) {
                    tar_.link(path, files_[pick(static_cast<unsigned>(files_.size()))]);
                    break;
                }
                [[fallthrough]];
            case 4:
                tar_.pax({{"SCHILY.xattr.user.k", pick(8) == 0 ? "1" : "2"}});
                tar_.entry({.name = path, .mode = mode()}, pick(2) == 0 ? "one" : "two");
                files_.push_back(path);
                break;
            default:
                tar_.entry({.name = path,
                            .type = '5',
                            .mode = mode(),
                            .mtime = pick(2) == 0 ? "00000000001" : "00000000002"});
                directory(path + "/", depth + 1);
            }
        }
    }

    std::mt19937 random_;
    T tar_;
    std::vector<std::string> files_;
};

/// The order of children, and what is above them, is all that is left to differ: nothing else.
// spec: ImageWhiteoutWritten
TEST(Changes, TheLayerMakesOneTreeOfTheOther)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "unpacking takes root";
    }
    for (unsigned seed = 0; seed < 20; ++seed) {
        SCOPED_TRACE(seed);
        Trees trees;
        const std::string one = RandomTree(seed).archive(), other = RandomTree(seed + 1000).archive();
        const MergedDirectory before = merged({trees.make({one})}), after = merged({trees.make({other})});
        const std::string layer = layer_of(&before, after);

        const MergedDirectory flat = merged({trees.make({one, layer})});
        EXPECT_EQ(between(&after, flat), "");
        EXPECT_EQ(between(&flat, after), "");
        EXPECT_EQ(layer_of(nullptr, flat), layer_of(nullptr, after));

        // The same by the layers as overlayfs would have them.
        const std::string lower = trees.make({one}, LayerForm::kOverlay);
        const std::string upper = trees.make({layer}, LayerForm::kOverlay);
        const MergedDirectory bottom = merged({lower});
        const MergedDirectory stacked = merged({upper, lower});
        EXPECT_EQ(between(&after, stacked), "");
        EXPECT_EQ(layer_of(&bottom, stacked), layer);
    }
}

struct StackCase {
    const char *name;
    void (*upper)(const std::string &path);
    const char *expected;  ///< between kLower and itself below an upper directory
};

void set(const std::string &path, const char *name, const char *value)
{
    EXPECT_EQ(::setxattr(path.c_str(), name, value, std::string_view(value).size(), 0), 0) << path;
}
void directory(const std::string &path) { EXPECT_EQ(::mkdir(path.c_str(), 0755), 0); }
void empty_file(const std::string &path)
{
    EXPECT_TRUE(kernel::openat(kernel::kCwd, path, O_CREAT | O_WRONLY, 0644));
}

const StackCase kStackCases[] = {
    {"Whiteout", [](const std::string &up) { EXPECT_EQ(::mknod((up + "/f").c_str(), S_IFCHR, 0), 0); },
     "C \nD f\n"},
    {"Opaque",
     [](const std::string &up) {
         directory(up + "/d");
         set(up + "/d", "trusted.overlay.opaque", "y");
     },
     "C \nC d\nD d/a\nD d/b\nD d/s\n"},
    {"WhiteoutByAttribute",
     [](const std::string &up) {
         directory(up + "/d");
         set(up + "/d", "trusted.overlay.opaque", "x");
         empty_file(up + "/d/a");
         set(up + "/d/a", "trusted.overlay.whiteout", "");
         empty_file(up + "/d/new");
     },
     "C \nC d\nD d/a\nA d/new\n"},
    {"FileOverDirectory", [](const std::string &up) { empty_file(up + "/d"); }, "C \nC d\n"},
    {"OpaqueRoot", [](const std::string &up) { set(up, "trusted.overlay.opaque", "y"); }, "C \nD d\nD f\n"},
    {"EscapedAttribute",
     [](const std::string &up) {
         directory(up + "/new");
         set(up + "/new", "trusted.overlay.overlay.opaque", "y");
     },
     "C \nA new\n"},
    {"Redirect",
     [](const std::string &up) {
         directory(up + "/e");
         set(up + "/e", "trusted.overlay.redirect", "/d");
     },
     "error: \"e\": overlayfs has a directory's content elsewhere (mount it with redirect_dir=off)"},
    {"Metacopy",
     [](const std::string &up) {
         empty_file(up + "/f");
         set(up + "/f", "trusted.overlay.metacopy", "");
     },
     "error: \"f\": overlayfs has its content elsewhere (mount it with metacopy=off)"},
};

class Stacked : public testing::TestWithParam<StackCase> {};

TEST_P(Stacked, IsWhatOverlayfsShows)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "devices and trusted attributes take root";
    }
    Trees trees;
    const std::string lower = trees.make({kLower}), upper = trees.make({});
    GetParam().upper(upper);
    const MergedDirectory before = merged({lower}), after = merged({upper, lower});
    EXPECT_EQ(between(&before, after), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(, Stacked, testing::ValuesIn(kStackCases),
                         [](const auto &one) { return std::string(one.param.name); });

TEST(Changes, TheLayerHasNoneOfOverlayfssWordsButWhatAFileItselfHas)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "trusted attributes take root";
    }
    Trees trees;
    const std::string upper = trees.make({});
    directory(upper + "/d");
    set(upper + "/d", "trusted.overlay.opaque", "y");
    set(upper + "/d", "trusted.overlay.origin", "?");
    set(upper + "/d", "security.selinux", "of this machine");
    directory(upper + "/e");
    set(upper + "/e", "trusted.overlay.overlay.origin", "its own");
    for (const char *path : {"", "/d", "/e"}) {
        EXPECT_TRUE(kernel::utimensat(kernel::kCwd, upper + path, {}));
    }
    const std::string layer = layer_of(nullptr, merged({upper}));
    EXPECT_EQ(layer::told(layer), "a directory ./ 0755 0:0 @0\na directory d/ 0755 0:0 @0\n"
                                  "a directory e/ 0755 0:0 @0 trusted.overlay.origin=its own\n");
}

// spec: ImageWhiteoutsFirst, ImageWhiteoutsExplicit
TEST(Changes, WhiteoutsComeBeforeTheirSiblings)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "unpacking takes root";
    }
    Trees trees;
    const MergedDirectory before = merged({trees.make({kLower})});
    const MergedDirectory after =
        merged({trees.make({T().dir("d").file("d/a0", "new").dir("d/s").file("g", "").end()})});
    const std::string layer = layer_of(&before, after);
    const auto at = [&](std::string_view name) {
        return layer.find(std::string(1, '\0') + std::string(name));
    };
    EXPECT_LT(at(".wh.f"), at("d/"));
    EXPECT_LT(at("d/"), at("d/.wh.a"));
    EXPECT_LT(at("d/.wh.a"), at("d/.wh.b"));
    EXPECT_LT(at("d/.wh.b"), at("d/a0"));
    EXPECT_LT(at("d/a0"), at("d/s/.wh.x"));
    EXPECT_EQ(layer.find(".wh..wh..opq"), std::string::npos);
}

TEST(Changes, ANameThatMeansADeletionIsRefused)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "unpacking takes root";
    }
    Trees trees;
    const std::string path = trees.make({kLower});
    ASSERT_TRUE(kernel::openat(kernel::kCwd, path + "/d/.wh.a", O_CREAT | O_WRONLY, 0600));
    const MergedDirectory tree = merged({path});
    auto found = changes(nullptr, tree);
    ASSERT_TRUE(found);
    TextSink out;
    TarWriter tar(out);
    EXPECT_EQ(pack_changes(tree, *found, tar).error().text(),
              "\"d/.wh.a\": a layer cannot have this name, which means a deletion (rename it)");
}

/// Opens the file "f" of a tree after it has been listed, and swapped.
void expect_unopened(Trees &trees, mode_t kind, dev_t device)
{
    const std::string path = trees.make({T().file("f", "12345").end()});
    const MergedDirectory tree = merged({path});
    const auto children = tree.children();
    ASSERT_TRUE(children && children->size() == 1);
    ASSERT_EQ(::unlink((path + "/f").c_str()), 0);
    if (::mknod((path + "/f").c_str(), kind | 0600, device) != 0) {
        GTEST_SKIP() << "no rights to make a device";
    }
    const auto opened = tree.open(children->front());
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().text().find("changed while it was read"), std::string::npos);
}

TEST(Changes, ADeviceOrAPipeInTheFilesPlaceIsNotOpened)
{
    Trees trees;
    expect_unopened(trees, S_IFIFO, 0);
    expect_unopened(trees, S_IFCHR, makedev(1, 3));
}

TEST(Changes, TheHolesOfAFileAreZerosInAnArchive)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "unpacking takes root";
    }
    constexpr std::size_t kHole = 1 << 20;
    Trees trees;
    const std::string path = trees.make({T().file("f", "").end()});
    const auto file = kernel::openat(kernel::kCwd, path + "/f", O_WRONLY);
    ASSERT_TRUE(file && kernel::pwrite_all(*file, "words", kHole));
    ASSERT_TRUE(kernel::ftruncate(*file, 2 * kHole));
    std::string content(2 * kHole, '\0');
    content.replace(kHole, 5, "words");
    EXPECT_NE(layer_of(nullptr, merged({path})).find(content), std::string::npos);
}

}  // namespace
}  // namespace rt::pack
