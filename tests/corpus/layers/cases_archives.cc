// SPDX-License-Identifier: Apache-2.0
//
// Images in one archive: of docker save, and layouts.
#include <algorithm>

#include "image.h"

namespace rt::corpus {
namespace {

const std::string kOne = T().file("a", "one").end(), kTwo = T().file("b", "two").end();
const std::string kTree = "a 0644 one\nb 0644 two\n";

std::string config(const Layers &layers)
{
    std::string ids;
    for (const std::string &layer : layers) {
        ids += str(ids.empty() ? "" : ",", "\"", digest(layer), "\"");
    }
    return str(R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[)", ids, "]}}");
}

/// manifest.json with these layers.
std::string manifest(const std::string &layers, const std::string &document = "c.json")
{
    return str(R"([{"Config":")", document, R"(","RepoTags":["x:latest"],"Layers":[)", layers, "]}]");
}

Case docker(const char *name, const T &archive, std::string expected,
            const char *image = "docker-archive:@/image.tar")
{
    return {name, {{"image.tar", archive.end()}}, image, std::move(expected)};
}

std::vector<Case> of_docker(const std::string &outside)
{
    const std::string two = R"("1/layer.tar","2/layer.tar")";
    const auto begun = [&] {
        return T().file("manifest.json", manifest(two)).file("c.json", config({kOne, kTwo}));
    };
    const auto twice = [&] {
        return T()
            .file("manifest.json", manifest(two))
            .file("c.json", config({kOne, kOne}))
            .file("1/layer.tar", kOne);
    };
    return {
        docker("Docker", begun().file("1/layer.tar", kOne).file("2/layer.tar", kTwo), kTree),
        docker("DockerGzip", begun().file("1/layer.tar", gzip(kOne)).file("2/layer.tar", zstd(kTwo)), kTree),
        docker("DockerDocumentsLast",
               T().file("1/layer.tar", kOne)
                   .file("2/layer.tar", kTwo)
                   .file("c.json", config({kOne, kTwo}))
                   .file("manifest.json", manifest(two)),
               kTree),
        docker("DockerNamed", begun().file("1/layer.tar", kOne).file("2/layer.tar", kTwo), kTree,
               "docker-archive:@/image.tar:x"),
        docker("DockerOtherName", begun().file("1/layer.tar", kOne).file("2/layer.tar", kTwo),
               "error: there is no image \"y\"", "docker-archive:@/image.tar:y"),
        docker("DockerLayerIsALink", twice().symlink("2/layer.tar", "../1/layer.tar"), "a 0644 one\n"),
        docker("DockerLayerIsAHardLink", twice().link("2/layer.tar", "1/layer.tar"), "a 0644 one\n"),
        docker("DockerLinkLeadsOut", twice().symlink("2/layer.tar", "../../1/layer.tar"),
               "error: a link that leads out of the archive"),
        docker("DockerLinkIsAbsolute", twice().symlink("2/layer.tar", outside + "/file"),
               "error: No such file"),
        docker("DockerLinkDotDotInside", twice().symlink("2/layer.tar", "x/../../../x"),
               "error: \"..\" in it"),
        docker("DockerLinksInACircle",
               begun().symlink("1/layer.tar", "../2/layer.tar").symlink("2/layer.tar", "../1/layer.tar"),
               "error: Too many levels of symbolic links"),
        docker("DockerLayerLeadsOut",
               T().file("manifest.json", manifest(R"("../../canary")")).file("c.json", config({kOne})),
               "error: layer 1"),
        docker("DockerLayerIsAbsolute",
               T().file("manifest.json", manifest('"' + outside + "/file\"")).file("c.json", config({kOne})),
               "error: layer 1"),
        docker("DockerConfigLeadsOut",
               T().file("manifest.json", manifest(two, "/etc/passwd")).file("c.json", config({kOne, kTwo})),
               "error: /etc/passwd"),
        docker("DockerLayerMissing", begun().file("1/layer.tar", kOne), "error: layer 2"),
        docker("DockerLayerIsADirectory", begun().dir("1/layer.tar").file("2/layer.tar", kTwo),
               "error: layer 1"),
        docker("DockerLayersSwapped", begun().file("1/layer.tar", kTwo).file("2/layer.tar", kOne),
               "error: of 2: the DiffID is"),
        docker("DockerFewerLayers",
               T().file("manifest.json", manifest(R"("1/layer.tar")"))
                   .file("c.json", config({kOne, kTwo}))
                   .file("1/layer.tar", kOne),
               "error: 1 layers, but the config has 2 DiffIDs"),
        docker("DockerNoImage", T().file("manifest.json", "[]"), "error: there is no image"),
        docker("DockerNoList", T().file("manifest.json", "{}"), "error: manifest.json"),
        docker("DockerNull", T().file("manifest.json", "null"), "error: manifest.json"),
        docker("DockerSmuggledMember", T().file("manifest.json", R"([],"Layers":[])"),
               "error: manifest.json"),
        docker("DockerNoManifest", T().file("c.json", "{}"),
               "error: neither an image layout nor what docker save writes"),
    };
}

std::vector<Case> of_layouts()
{
    const auto packed = [](const auto &change) {
        std::vector<File> files = layout("", {kOne, kTwo}, {kOne, kTwo});
        T out;
        change(out, files);
        for (const File &file : files) {
            out.file(file.path.substr(1), file.content);
        }
        return out;
    };
    const auto nothing = [](T &, std::vector<File> &) {};
    const char *image = "oci-archive:@/image.tar";
    const std::string whole = packed(nothing).end();
    return {
        docker("Layout", packed(nothing), kTree, image),
        docker("LayoutBackwards", packed([](T &, std::vector<File> &files) { std::ranges::reverse(files); }),
               kTree, image),
        docker("LayoutWithDirectoriesAndMore",
               packed([](T &out, std::vector<File> &) { out.dir("./").dir("blobs/").file("junk", "x"); }),
               kTree, image),
        docker("LayoutWithAFifo",
               packed([](T &out, std::vector<File> &) { out.entry({.name = "p", .type = '6'}); }),
               "error: a FIFO in an image's archive", image),
        docker("LayoutWithADevice", packed([](T &out, std::vector<File> &) {
                   out.entry({.name = "n", .type = '3', .major = "0000001", .minor = "0000005"});
               }),
               "error: a character device in an image's archive", image),
        docker("LayoutWithDotDot", packed([](T &out, std::vector<File> &) { out.file("../canary", "x"); }),
               "error: a path with \"..\" in it", image),
        docker("LayoutWithTwoIndexes",
               packed([](T &out, std::vector<File> &) { out.file("index.json", "{}"); }), kTree, image),
        {"LayoutGzip", {{"image.tar", gzip(whole)}}, image, kTree},
        {"LayoutZstd", {{"image.tar", zstd(whole)}}, image, kTree},
        {"LayoutCut", {{"image.tar", whole.substr(0, 3000)}}, image, "error: the archive ends here"},
        {"LayoutGzipCut",
         {{"image.tar", gzip(whole).substr(0, 3000)}},
         image,
         "error: ends in the middle of its data"},
        {"LayoutThatIsAFifo",
         {{"image.tar", "", File::Kind::kFifo}},
         "oci:@/image.tar",
         "error: Not a directory"},
        {"LayoutThatIsALayer", {{"image.tar", kOne}}, "@/image.tar", "error: neither an image layout"},
        {"LayoutThatIsText", {{"image.tar", std::string(2000, 'x')}}, image, "error: header: "},
        {"LayoutThatIsEmpty", {{"image.tar", ""}}, image, "error: neither an image layout"},
        {"LayoutTooLarge",
         {{"image.tar", gzip(whole)}},
         image,
         "error: more than 4096 bytes come out of it",
         {"--max-size", "4K"}},
    };
}

}  // namespace

std::vector<Case> archive_cases(const Place &place)
{
    std::vector<Case> out = of_docker(place.outside);
    for (Case &one : of_layouts()) {
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace rt::corpus
