// SPDX-License-Identifier: Apache-2.0
//
// Layers that want to leave their directory.
#include "image.h"

namespace rt::corpus {
namespace {

using Header = T::Header;

struct Row {
    const char *name;
    Layers layers;
    std::string expected;
    std::string mounted{};
};

std::string deep(const char *part, int times)
{
    std::string out;
    for (int i = 0; i < times; ++i) {
        out += part;
    }
    return out;
}

const std::string kDotDot = "error: a path with \"..\" in it";
const std::string kOwnLink = "which it makes no directory";

// By the name alone.
std::vector<Row> by_name(const std::string &outside)
{
    const std::string many = deep("../", 12) + outside.substr(1);
    return {
        {"DotDot", {T().file("../canary", "x").end()}, kDotDot},
        {"DotDotTwice", {T().file("../../canary", "x").end()}, kDotDot},
        {"DotDotManyTimes", {T().pax({{"path", many + "/file"}}).file("x", "x").end()}, kDotDot},
        {"DotDotInside", {T().dir("d").file("d/../../../canary", "x").end()}, kDotDot},
        {"DotDotThatStays", {T().dir("d").file("d/../x", "x").end()}, kDotDot},
        {"DotDotLast", {T().entry({.name = "d/..", .type = '5', .mode = "0000777"}).end()}, kDotDot},
        {"DotDotDirectory", {T().dir("../made").end()}, kDotDot},
        {"DotDotLink", {T().symlink("../link", outside).end()}, kDotDot},
        {"DotDotFifo", {T().entry({.name = "../fifo", .type = '6'}).end()}, kDotDot},
        {"DotDotDevice",
         {T().entry({.name = "../null", .type = '3', .major = "0000001", .minor = "0000003"}).end()},
         kDotDot},
        {"DotDotByPrefix", {T().entry({.name = "canary", .prefix = ".."}, "x").end()}, kDotDot},
        {"DotDotByLongName", {T().gnu_long('L', "../canary").file("x", "x").end()}, kDotDot},
        {"DotDotByPax", {T().pax({{"path", "../canary"}}).file("x", "x").end()}, kDotDot},
        {"DotDotBySparseName",
         {T().pax({{"GNU.sparse.name", "../canary"}, {"GNU.sparse.size", "1"}, {"GNU.sparse.map", "0,1"}})
              .file("x", "x")
              .end()},
         kDotDot},
        {"Absolute",
         {T().pax({{"path", outside + "/file"}}).file("x", "x").end()},
         ""},  // the tree is made below
        {"AbsoluteBySlashes", {T().file("///////a", "x").end()}, "a 0644 x\n"},
        {"BackslashIsALetter", {T().file("..\\canary", "x").end()}, "..\\canary 0644 x\n"},
        {"DotDotAsPartOfAName", {T().file("..a/b..", "x").end()}, "..a/ 0755\n..a/b.. 0644 x\n"},
    };
}

// By a link that the same layer has.
std::vector<Row> by_own_link(const std::string &outside)
{
    const auto chmod = [](const char *name) { return Header{.name = name, .type = '5', .mode = "0000777"}; };
    return {
        {"LinkThenFile", {T().symlink("l", "..").file("l/canary", "x").end()}, kOwnLink},
        {"AbsoluteLinkThenFile", {T().symlink("l", outside).file("l/file", "x").end()}, kOwnLink},
        {"AbsoluteLinkThenNewFile", {T().symlink("l", outside).file("l/new", "x").end()}, kOwnLink},
        {"LinkThenDirectoryBelow", {T().symlink("l", outside).dir("l/new").end()}, kOwnLink},
        {"LinkThenLinkBelow", {T().symlink("l", outside).symlink("l/new", "x").end()}, kOwnLink},
        {"LinkThenHardLinkBelow",
         {T().file("f", "x").symlink("l", outside).link("l/new", "f").end()},
         kOwnLink},
        {"LinkThenWhiteoutBelow", {T().symlink("l", outside).file("l/.wh.file", "").end()}, kOwnLink},
        {"LinkThenOpaqueBelow", {T().symlink("l", outside).file("l/.wh..wh..opq", "").end()}, kOwnLink},
        {"LinkOfALink", {T().symlink("a", outside).symlink("b", "a").file("b/file", "x").end()}, kOwnLink},
        {"LinkThroughADirectoryLink",
         {T().dir("d").symlink("d/up", "../..").file("d/up/canary", "x").end()},
         kOwnLink},
        {"LinkBecomesADirectory",
         {T().symlink("l", outside + "/dir").entry(chmod("l")).file("l/file", "x").end()},
         "l/ 0777\nl/file 0644 x\n"},
        {"LinkBecomesADirectoryAndBack",
         {T().symlink("l", outside).entry(chmod("l")).symlink("l", outside).file("l/file", "x").end()},
         kOwnLink},
        {"FileThroughItsLink", {T().symlink("l", outside + "/file").file("l", "x").end()}, "l 0644 x\n"},
        {"FifoInTheWay", {T().entry({.name = "p", .type = '6'}).file("p", "x").end()}, "p 0644 x\n"},
        {"DeviceInTheWay",
         {T().entry({.name = "n", .type = '3', .major = "0000001", .minor = "0000003"}).file("n", "x").end()},
         "n 0644 x\n"},
        {"FileThroughAHardLink",
         {T().symlink("l", outside + "/file").link("h", "l").file("h", "x").end()},
         "h 0644 x\nl -> " + outside + "/file\n"},
        {"XattrThroughALink",
         {T().symlink("l", outside + "/dir").pax({{"SCHILY.xattr.trusted.x", "1"}}).entry(chmod("l")).end()},
         "l/ 0777 {trusted.x=1}\n"},
    };
}

// By a link that a layer below has.
std::vector<Row> by_lower_link(const std::string &outside)
{
    const std::string up = T().symlink("l", outside).end();
    return {
        {"TwoLayersNewFile", {up, T().file("l/new", "x").end()}, "l/ 0755\nl/new 0644 x\n"},
        {"TwoLayersFile", {up, T().file("l/file", "x").end()}, "l/ 0755\nl/file 0644 x\n"},
        {"TwoLayersRelative",
         {T().symlink("l", "../..").end(), T().file("l/canary", "x").end()},
         "l/ 0755\nl/canary 0644 x\n"},
        {"TwoLayersDirectoryMode",
         {up, T().entry({.name = "l", .type = '5', .mode = "0000777"}).end()},
         "l/ 0777\n"},
        {"TwoLayersDirectoryOwner",
         {up, T().entry({.name = "l/", .type = '5', .mode = "0000700", .uid = "0000005"}).end()},
         "l/ 0700 5:0\n"},
        {"TwoLayersFileItself",
         {T().symlink("l", outside + "/file").end(), T().file("l", "x").end()},
         "l 0644 x\n"},
        {"TwoLayersWhiteout", {up, T().file("l/.wh.file", "").end()}, "l/ 0755\n"},
        {"TwoLayersWhiteoutOfTheLink", {up, T().file(".wh.l", "").end()}, ""},
        {"TwoLayersOpaque", {up, T().file("l/.wh..wh..opq", "").end()}, "l/ 0755\n"},
        {"TwoLayersHardLink",
         {T().symlink("l", outside).end(), T().link("h", "l/file").end()},
         "error: \"h\": hard link to \"l/file\": the layer"},
        {"ThreeLayers",
         {T().dir("d").end(), T().symlink("d", outside).end(), T().file("d/file", "x").end()},
         "d/ 0755\nd/file 0644 x\n"},
        {"ThreeLayersDeep",
         {T().dir("a").symlink("a/b", outside).end(), T().file("a/b/dir/file", "x").end()},
         "a/ 0755\na/b/ 0755\na/b/dir/ 0755\na/b/dir/file 0644 x\n"},
    };
}

// By a hard link, and by the root.
std::vector<Row> by_hard_link_and_root(const std::string &outside)
{
    const std::string nothing = "no such file";
    return {
        {"HardLinkDotDot", {T().link("h", "../canary").end()}, kDotDot},
        {"HardLinkDotDotThenWrite", {T().link("h", "../../canary").file("h", "x").end()}, kDotDot},
        {"HardLinkAbsolute", {T().link("h", outside + "/file").end()}, nothing},
        {"HardLinkThroughALink", {T().symlink("l", outside).link("h", "l/file").end()}, nothing},
        {"HardLinkThroughALinkThenWrite",
         {T().symlink("l", outside).link("h", "l/file").file("h", "x").end()},
         nothing},
        {"HardLinkToNothing", {T().link("h", "nothing").end()}, nothing},
        {"HardLinkToItself", {T().link("h", "./h").end()}, "error: \"h\": a hard link to itself"},
        {"HardLinkToTheRoot", {T().link("h", "/").end()}, "hard link to"},
        {"HardLinkToADirectory",
         {T().dir("d").link("h", "d").end()},
         "error: \"h\": a hard link to a directory"},
        {"HardLinkByPaxDotDot", {T().pax({{"linkpath", "../canary"}}).link("h", "x").end()}, kDotDot},
        {"RootIsALink",
         {T().symlink("./", outside).end()},
         "error: \"./\": a symbolic link in place of the root"},
        {"RootIsADot", {T().symlink(".", outside).file("file", "x").end()}, "in place of the root"},
        {"RootIsASlash", {T().symlink("/", outside).end()}, "in place of the root"},
        {"RootIsAFile", {T().file(".", "x").end()}, "error: \".\": a file in place of the root"},
        {"RootIsAFifo", {T().entry({.name = "./.", .type = '6'}).end()}, "a FIFO in place of the root"},
        {"RootIsAHardLink", {T().file("f", "x").link("/", "f").end()}, "a hard link in place of the root"},
        {"RootIsAWhiteout", {T().file(".wh..", "").end()}, "error: \".wh..\": a whiteout of nothing"},
        {"AboveTheRootIsAWhiteout",
         {T().file(".wh...", "").end()},
         "error: \".wh...\": a whiteout of nothing"},
        {"OverlayRedirect",
         {T().pax({{"SCHILY.xattr.trusted.overlay.redirect", outside}}).dir("d").end()},
         "d/ 0755\n",
         str("d/ 0755 {trusted.overlay.redirect=", outside, "}\n")},
        {"OverlayOpaque",
         {T().pax({{"SCHILY.xattr.trusted.overlay.opaque", "y"}}).dir("d").end()},
         "d/ 0755\n",
         "d/ 0755 {trusted.overlay.opaque=y}\n"},
        {"OverlayMetacopy",
         {T().pax({{"SCHILY.xattr.trusted.overlay.metacopy", ""}}).file("f", "x").end()},
         "f 0644 x\n",
         "f 0644 x {trusted.overlay.metacopy=}\n"},
        // Escaped they are attributes like others, which overlayfs shows and takes no orders from.
        {"OverlayOfUsers",
         {T().pax({{"SCHILY.xattr.user.overlay.opaque", "y"}}).dir("d").end()},
         "d/ 0755\n",
         "d/ 0755 {user.overlay.overlay.opaque=y}\n"},
        {"LabelOfTheHost",
         {T().pax({{"SCHILY.xattr.security.selinux", "u:r:t"}, {"LIBARCHIVE.xattr.security.ima", "eA=="}})
              .file("f", "x")
              .end()},
         "f 0644 x\n"},
    };
}

/// The directories of an absolute path, and a file in the last.
std::string tree_of(const std::string &path)
{
    std::string out;
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
        out += path.substr(1, slash - 1) + "/ 0755\n";
    }
    return out + path.substr(1) + " 0644 x\n";
}

}  // namespace

std::vector<Case> escape_cases(const Place &place)
{
    std::vector<Case> out;
    for (const auto &rows : {by_name(place.outside), by_own_link(place.outside), by_lower_link(place.outside),
                             by_hard_link_and_root(place.outside)}) {
        for (const Row &row : rows) {
            const bool absolute = std::string_view(row.name) == "Absolute";
            std::string expected = absolute ? tree_of(place.outside + "/file") : row.expected;
            if (!expected.empty() && !expected.ends_with('\n') && !expected.starts_with("error: ")) {
                expected = "error: " + expected;
            }
            out.push_back(of_layers(row.name, row.layers, std::move(expected)));
            out.back().mounted = row.mounted;
        }
    }
    return out;
}

}  // namespace rt::corpus
