// SPDX-License-Identifier: Apache-2.0
//
// What layers say of the layers below them, in every order.
#include "image.h"

namespace rt::corpus {
namespace {

const std::string kLower =
    T().dir("d").file("d/a", "1").file("d/b", "2").dir("d/s").file("d/s/x", "3").file("f", "4").end();
const std::string kAll = "d/ 0755\nd/a 0644 1\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\nf 0644 4\n";

/// `count` layers with a file of their own each, over one that has all of them.
Layers many(int count)
{
    Layers out;
    for (int i = 0; i < count; ++i) {
        out.push_back(T().file(str("f", i % 10), std::to_string(i)).end());
    }
    return out;
}
std::string of_many(int count)
{
    std::string out;
    for (int i = 0; i < 10; ++i) {
        const int last = count - 10 + i;  // counts are multiples of ten
        out += str("f", i, " 0644 ", last, "\n");
    }
    return out;
}

// spec: ImageWhiteoutHidden, ImageWhiteoutLower, ImageWhiteoutOfNothing, ImageWhiteoutsBoth
// spec: ImageEntryReplaces
std::vector<Case> whiteouts()
{
    return {
        of_layers("OfAFile", {kLower, T().file(".wh.f", "").end()},
                  "d/ 0755\nd/a 0644 1\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\n"),
        of_layers("OfADirectory", {kLower, T().file(".wh.d", "").end()}, "f 0644 4\n"),
        of_layers("OfALink", {T().symlink("l", "/").end(), T().file(".wh.l", "").end()}, ""),
        of_layers("OfADevice",
                  {T().entry({.name = "n", .type = '3', .major = "0000001", .minor = "0000003"}).end(),
                   T().file(".wh.n", "").end()},
                  ""),
        of_layers("OfOneOfTwoHardLinks",
                  {T().file("a", "1").link("b", "a").end(), T().file(".wh.a", "").end()}, "b 0644 1\n", {},
                  "b 0644 x2 1\n"),
        of_layers("BeforeItsName", {kLower, T().file(".wh.f", "").file("f", "n").end()},
                  kAll.substr(0, kAll.size() - 9) + "f 0644 n\n"),
        of_layers("BehindItsName", {kLower, T().file("f", "n").file(".wh.f", "").end()},
                  kAll.substr(0, kAll.size() - 9) + "f 0644 n\n"),
        of_layers("BeforeItsDirectory", {kLower, T().file(".wh.d", "").dir("d").file("d/n", "5").end()},
                  "d/ 0755\nd/n 0644 5\nf 0644 4\n"),
        of_layers("BehindItsDirectory", {kLower, T().dir("d").file("d/n", "5").file(".wh.d", "").end()},
                  "d/ 0755\nd/n 0644 5\nf 0644 4\n"),
        of_layers("DirectoryBecomesALink", {kLower, T().file(".wh.d", "").symlink("d", "f").end()},
                  "d -> f\nf 0644 4\n"),
        of_layers("OfWhatNoLayerHas", {kLower, T().file(".wh.nothing", "").end()}, kAll),
        of_layers("InADirectoryThatNoLayerHas", {kLower, T().file("new/.wh.nothing", "").end()},
                  kAll + "new/ 0755\n"),
        of_layers("InTheFirstLayer", {T().file(".wh.x", "").file("a", "1").end()}, "a 0644 1\n"),
        of_layers("Twice", {kLower, T().file(".wh.f", "").file(".wh.f", "").end()},
                  kAll.substr(0, kAll.size() - 9)),
        of_layers("ThenBack", {kLower, T().file(".wh.f", "").end(), T().file("f", "n").end()},
                  kAll.substr(0, kAll.size() - 9) + "f 0644 n\n"),
        of_layers("BackThenGone", {kLower, T().file("f", "n").end(), T().file(".wh.f", "").end()},
                  kAll.substr(0, kAll.size() - 9)),
        of_layers("BelowAWhiteout", {kLower, T().file(".wh.d", "").file("d/.wh.a", "").end()},
                  "d/ 0755\nf 0644 4\n"),
        of_layers("SomethingBelowAWhiteout", {kLower, T().file(".wh.d/x", "").end()},
                  "error: something below a whiteout"),
        of_layers("OfNothing", {kLower, T().file("d/.wh.", "").end()}, "error: a whiteout of nothing"),
        of_layers("AsADirectory", {kLower, T().dir(".wh.f").end()}, kAll.substr(0, kAll.size() - 9)),
        of_layers("AsALink", {kLower, T().symlink(".wh.f", "/").end()}, kAll.substr(0, kAll.size() - 9)),
        of_layers("WithContent", {kLower, T().file(".wh.f", "some content").end()},
                  kAll.substr(0, kAll.size() - 9)),
        of_layers("OfANameThatLooksLikeOne", {T().file(".whx", "1").file("a.wh.b", "2").end()},
                  ".whx 0644 1\na.wh.b 0644 2\n"),
        of_layers("RemainsOfAufs", {kLower, T().dir(".wh..wh.plnk").file(".wh..wh.aufs", "").end()}, kAll),
        of_layers("CharacterDevice0And0", {T().entry({.name = "c", .type = '3'}).end()},
                  "error: which is a whiteout to overlayfs"),
    };
}

// spec: ImageWhiteoutsBoth, ImageWhiteoutLower, ImageLayersInOrder, ImageEntryReplaces
// spec: ImageLayerNoDuplicates
std::vector<Case> opaques_and_layers()
{
    const std::string opaque = "d/.wh..wh..opq";
    return {
        of_layers("Opaque", {kLower, T().dir("d").file(opaque, "").end()}, "d/ 0755\nf 0644 4\n"),
        of_layers("OpaqueBefore", {kLower, T().file(opaque, "").file("d/n", "5").end()},
                  "d/ 0755\nd/n 0644 5\nf 0644 4\n"),
        of_layers("OpaqueBehind", {kLower, T().dir("d").file("d/n", "5").file(opaque, "").end()},
                  "d/ 0755\nd/n 0644 5\nf 0644 4\n"),
        of_layers(
            "OpaqueKeepsItsOwn",
            {kLower, T().dir("d").file("d/a", "n").dir("d/s").file("d/s/y", "6").file(opaque, "").end()},
            "d/ 0755\nd/a 0644 n\nd/s/ 0755\nd/s/y 0644 6\nf 0644 4\n"),
        of_layers("OpaqueRoot", {kLower, T().file(".wh..wh..opq", "").file("n", "5").end()}, "n 0644 5\n"),
        of_layers("OpaqueOfAFile", {kLower, T().file("f/.wh..wh..opq", "").end()},
                  "d/ 0755\nd/a 0644 1\nd/b 0644 2\nd/s/ 0755\nd/s/x 0644 3\nf/ 0755\n"),
        of_layers("OpaqueOfNothing", {kLower, T().file("new/.wh..wh..opq", "").end()}, kAll + "new/ 0755\n"),
        of_layers("OpaqueTwice", {kLower, T().file(opaque, "").file(opaque, "").end()},
                  "d/ 0755\nf 0644 4\n"),
        of_layers("OpaqueInTwoLayers",
                  {kLower, T().file(opaque, "").file("d/n", "5").end(),
                   T().file(opaque, "").file("d/m", "6").end()},
                  "d/ 0755\nd/m 0644 6\nf 0644 4\n"),
        of_layers("TheSameLayerTwice", {kLower, T().file(".wh.d", "").end(), kLower}, kAll),
        of_layers("AnEmptyLayer", {kLower, T().end()}, kAll),
        of_layers("ImpliedDirectoryKeepsItsMode",
                  {T().entry({.name = "d", .type = '5', .mode = "0001777", .uid = "0000007"}).end(),
                   T().file("d/x", "1").end()},
                  "d/ 1777 7:0\nd/x 0644 1\n"),
        of_layers("DirectoryBecomesAFile", {kLower, T().file("d", "n").end()}, "d 0644 n\nf 0644 4\n"),
        of_layers("FileBecomesADirectory", {T().file("f", "1").end(), T().dir("f").file("f/x", "2").end()},
                  "f/ 0755\nf/x 0644 2\n"),
        of_layers("FileBecomesAnImpliedDirectory", {T().file("f", "1").end(), T().file("f/x", "2").end()},
                  "f/ 0755\nf/x 0644 2\n"),
        of_layers("LastOfTwo", {T().file("a", "1").file("a", "2").symlink("s", "t").file("s", "4").end()},
                  "a 0644 2\ns 0644 4\n"),
        of_layers("130Layers", many(130), of_many(130)),
        of_layers("500Layers", many(500), of_many(500)),
    };
}

}  // namespace

std::vector<Case> whiteout_cases(const Place & /*place*/)
{
    std::vector<Case> out = whiteouts();
    for (Case &one : opaques_and_layers()) {
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace rt::corpus
