// SPDX-License-Identifier: Apache-2.0
//
// Documents and digests of an image layout that are not what they should be.
#include "image.h"

namespace rt::corpus {
namespace {

const std::string kOne = T().file("a", "one").end(), kTwo = T().file("b", "two").end();
const std::string kTree = "a 0644 one\nb 0644 two\n";
const std::string kVersion = R"("schemaVersion":2)";

struct Row {
    const char *name;
    Part part;
    std::string from, to, expected;
};

std::string deep(const char *open, int times, const char *close)
{
    std::string out, end;
    for (int i = 0; i < times; ++i) {
        out += open;
        end += close;
    }
    return out + end;
}

// spec: ImageLayoutFile, ImageLayoutIndex, ImageLayoutMore, ImageSchemaVersion, ImageIndexType
// spec: ImageIndexManifests spec: ImageIndexTypesUnknown, ImageJson, ImageDigestGrammar
// spec: ImageDigestUnknownAlgorithm, ImageAnnotationsUnknown spec: ImageConfigNull, ImagePropertiesUnknown
std::vector<Row> versions_and_indexes()
{
    const std::string list = R"("manifests":[)";
    return {
        {"Sound", Part::kIndex, "{", "{ ", kTree},
        {"VersionTwo", Part::kVersion, "1.0.0", "2.0.0", "error: is no version 1"},
        {"VersionOnePointNine", Part::kVersion, "1.0.0", "1.9.0", kTree},
        {"VersionAndMore", Part::kVersion, "{", R"({"x":[1],)", kTree},
        {"VersionMissing", Part::kVersion, "imageLayoutVersion", "x", "error: has no \"imageLayoutVersion\""},
        {"VersionNoText", Part::kVersion, "\"1.0.0\"", "1", "error: must be a string"},
        {"VersionNoObject", Part::kVersion, R"({"imageLayoutVersion":"1.0.0"})", "[]", "error: oci-layout"},
        {"VersionEmpty", Part::kVersion, R"({"imageLayoutVersion":"1.0.0"})", "", "error: oci-layout"},
        {"IndexOfSchema1", Part::kIndex, kVersion, R"("schemaVersion":1)",
         "error: /schemaVersion: must be 2"},
        {"IndexOfSchema2Text", Part::kIndex, kVersion, R"("schemaVersion":"2")", "error: must be 2"},
        {"IndexOfSchema2Fraction", Part::kIndex, kVersion, R"("schemaVersion":2.5)", "error: must be 2"},
        {"IndexWithoutSchema", Part::kIndex, kVersion, R"("x":2)", "error: has no \"schemaVersion\""},
        {"IndexAndManifest", Part::kIndex, kVersion, kVersion + R"(,"layers":[])",
         "error: a document is an index or a manifest"},
        {"IndexWithConfig", Part::kIndex, kVersion, kVersion + R"(,"config":{})",
         "error: a document is an index or a manifest"},
        {"IndexOfAnotherType", Part::kIndex, kVersion,
         kVersion + R"(,"mediaType":"application/vnd.oci.image.manifest.v1+json")",
         "error: is not the media type"},
        {"IndexWithUnknownWords", Part::kIndex, kVersion,
         kVersion + R"(,"x":{"y":[1,2.5,null]},"annotations":{"a":"b"})", kTree},
        {"IndexWithNullAnnotations", Part::kIndex, list + "{", list + R"({"annotations":null,)", kTree},
        {"IndexOfNothing", Part::kIndex, list, R"("manifests":[],"x":[)", "error: there is none at all"},
        {"IndexNoList", Part::kIndex, list, R"("manifests":{},"x":[)", "error: must be an array"},
        {"IndexTwiceTheSame", Part::kIndex, kVersion, kVersion + "," + kVersion, "error: index.json:1:"},
        {"IndexOfBrokenUtf8", Part::kIndex, kVersion, kVersion + ",\"x\":\"\xff\"", "error: index.json:1:"},
        {"IndexThenMore", Part::kIndex, kVersion, kVersion + "}]}{", "error: index.json:1:"},
        {"IndexWithMark", Part::kIndex, "{", "\xef\xbb\xbf{", "error: index.json"},
        {"IndexDeep", Part::kIndex, kVersion, kVersion + ",\"x\":" + deep("[", 200'000, "]"),
         "error: index.json"},
        {"IndexDeepObjects", Part::kIndex, kVersion, kVersion + ",\"x\":" + deep("{\"x\":", 200'000, "}"),
         "error: index.json"},
        {"IndexOf9MiB", Part::kIndex, "{", "{" + std::string(9 << 20, ' '),
         "error: has more than 8388608 bytes"},
        {"IndexOfAManifestNobodyKnows", Part::kIndex, "image.manifest.v1", "image.thing.v1",
         "error: there is application/vnd.oci.image.thing.v1+json"},
        {"IndexDigestLeadsOut", Part::kIndex, "\"sha256:", "\"sha256:../../", "error: is no digest"},
        {"IndexAlgorithmLeadsOut", Part::kIndex, "\"sha256:", "\"../../sha256:", "error: is no digest"},
        {"IndexDigestOfAnUnknownAlgorithm", Part::kIndex,
         "\"sha256:", "\"rot13:", "error: of algorithm \"rot13\" cannot be checked"},
    };
}

// spec: ImageSchemaVersion, ImageManifestType, ImageManifestConfig, ImageManifestLayers, ImageConfigUnknown
// spec: ImageDescriptor, ImageSizeNotNegative, ImageContentSize, ImageDigestGrammar, ImageDataVerified
std::vector<Row> manifests()
{
    const std::string size = R"("size":)", empty = "application/vnd.oci.empty.v1+json";
    const std::string digest_of = R"("digest":"sha256:)";
    return {
        {"ManifestOfSchema1", Part::kManifest, kVersion, R"("schemaVersion":1)", "error: must be 2"},
        {"ManifestAndIndex", Part::kManifest, kVersion, kVersion + R"(,"manifests":[])",
         "error: a document is an index or a manifest"},
        {"ManifestOfAnotherType", Part::kManifest, "image.manifest", "image.index",
         "error: is not the media type"},
        {"ManifestWithoutLayers", Part::kManifest, R"("layers")", R"("x")", "error: has no \"layers\""},
        {"ManifestWithoutConfig", Part::kManifest, R"("config":)", R"("x":)", "error: has no \"config\""},
        {"ManifestNoObject", Part::kManifest, R"("config":{)", R"("config":[],"x":{)",
         "error: must be an object"},
        {"ArtifactNoImage", Part::kManifest, "application/vnd.oci.image.config.v1+json", empty,
         "error: is no image to unpack"},
        {"LayerOfAnUnknownType", Part::kManifest, "application/vnd.oci.image.layer.v1.tar+gzip", "text/plain",
         "error: layer 1 is of a media type"},
        {"SizeNegative", Part::kManifest, size, size + "-", "error: must be a whole number from 0 on"},
        {"SizeFraction", Part::kManifest, size, size + "1.", "error: /config/size: must be a whole number"},
        {"SizeOf1e99", Part::kManifest, size, size + "1e99,\"x\":", "error: must be a whole number"},
        {"SizeBeyond63Bits", Part::kManifest, size,
         size + "9223372036854775808,\"x\":", "error: must be a whole number"},
        {"SizeText", Part::kManifest, size, size + "\"1\",\"x\":", "error: must be a whole number"},
        {"SizeOfTheConfigIsAnother", Part::kManifest, size, size + "1", "error: is damaged"},
        {"DigestLeadsOut", Part::kManifest, digest_of, digest_of + "../../../", "error: is no digest"},
        {"DigestShort", Part::kManifest, digest_of, R"("digest":"sha256:abc","x":"sha256:)",
         "error: is no digest"},
        {"DigestUpperCase", Part::kManifest, digest_of, R"("digest":"SHA256:)", "error: is no digest"},
        {"DigestOfDots", Part::kManifest, digest_of, R"("digest":"..:..","x":"sha256:)",
         "error: is no digest"},
        {"DigestWithASlash", Part::kManifest, digest_of, R"("digest":"sha256:/)", "error: is no digest"},
        {"DigestWithoutColon", Part::kManifest, digest_of, R"("digest":"sha256)", "error: is no digest"},
        {"DigestMissing", Part::kManifest, R"("digest")", R"("x")", "error: has no \"digest\""},
        {"TypeMissing", Part::kManifest, R"("config":{"mediaType")", R"("config":{"x")",
         "error: has no \"mediaType\""},
        {"SizeMissing", Part::kManifest, size, R"("x":)", "error: has no \"size\""},
        {"DataThatIsAnother", Part::kManifest, R"("config":{)", R"("config":{"data":"e30=",)",
         "error: is not what size and digest say"},
        {"DataThatIsNoBase64", Part::kManifest, R"("config":{)", R"("config":{"data":"!",)",
         "error: is not what size and digest say"},
        {"UrlsThatAreNoText", Part::kManifest, R"("config":{)", R"("config":{"urls":[1],)",
         "error: must be a string"},
        {"ManifestWithASubject", Part::kManifest, kVersion,
         kVersion + R"(,"subject":{"x":1},"artifactType":"a/b")", kTree},
    };
}

// spec: ImageConfigTypes, ImageRootfs, ImageRootfsType, ImageConfigNull, ImageConfigMore, ImageSha512
// spec: ImageContentVerified, ImageDigestUnknownAlgorithm, ImageBlake3Encoded
std::vector<Row> configs_and_blobs()
{
    const std::string type = R"("type":"layers")";
    const std::string one = '"' + digest(kOne) + '"', two = '"' + digest(kTwo) + '"';
    return {
        {"RootfsOfAnotherType", Part::kConfig, type, R"("type":"squashfs")", "error: must be \"layers\""},
        {"RootfsMissing", Part::kConfig, R"("rootfs")", R"("x")", "error: has no \"rootfs\""},
        {"DiffIdsMissing", Part::kConfig, R"("diff_ids")", R"("x")", "error: has no \"diff_ids\""},
        {"DiffIdsTooFew", Part::kConfig, "," + two, "", "error: 2 layers, but the config has 1 DiffIDs"},
        {"DiffIdsTooMany", Part::kConfig, "," + two, "," + two + "," + two,
         "error: 2 layers, but the config has 3 DiffIDs"},
        {"DiffIdsSwapped", Part::kConfig, one + "," + two, two + "," + one, "error: of 2: the DiffID is"},
        {"DiffIdOfTheSecondIsAnother", Part::kConfig, "," + two, "," + one,
         "error: layer 2 of 2: the DiffID is"},
        {"DiffIdOfTheBlob", Part::kConfig, one, "\"sha256:" + std::string(64, '0') + '"',
         "error: the DiffID is"},
        {"DiffIdOfSha512", Part::kConfig, one, '"' + digest_512(kOne) + '"', kTree},
        {"DiffIdOfAnotherSha512", Part::kConfig, one, '"' + digest_512(kTwo) + '"',
         "error: layer 1 of 2: the DiffID is sha512:"},
        {"DiffIdOfBlake3", Part::kConfig, one, "\"blake3:" + std::string(64, '0') + '"',
         "error: of algorithm \"blake3\" cannot be checked"},
        {"DiffIdNoText", Part::kConfig, one, "1", "error: must be a string"},
        {"DiffIdUnknown", Part::kConfig, one, "\"rot13:abc\"",
         "error: of algorithm \"rot13\" cannot be checked"},
        {"ConfigNull", Part::kConfig, R"("config":{"Cmd":["/bin/sh"]})", R"("config":null)", kTree},
        {"ConfigWithHistory", Part::kConfig, type, type + R"(,"x":1)", kTree},
        {"ConfigTwiceTheSame", Part::kConfig, R"("os":"linux")", R"("os":"linux","os":"linux")",
         "error: config:1:"},
        {"StoredLayerDamaged", Part::kStoredLayer, "one", "eno", "error: layer 1 of 2: the blob's digest is"},
        {"StoredLayerOfTwoDamaged", Part::kStoredLayer, "two", "owt",
         "error: layer 2 of 2: the blob's digest is"},
        {"StoredLayerLonger", Part::kStoredLayer, "one", "one and more", "error: layer 1: blob"},
        {"StoredConfigDamaged", Part::kStoredConfig, "linux", "xunil", "error: is damaged"},
        {"StoredManifestDamaged", Part::kStoredManifest, ":2,", ":2 ,", "error: is damaged"},
    };
}

std::vector<File> sound() { return layout("image", {kOne, kTwo}, {kOne, kTwo}); }

/// The file that ends so is something else.
Case replaced(const char *name, const std::string &end, File other, std::string expected)
{
    std::vector<File> files = sound();
    for (File &file : files) {
        if (file.path.ends_with(end)) {
            other.path = file.path;
            file = other;
        }
    }
    return {name, std::move(files), "oci:@/image", std::move(expected)};
}

// spec: ImageSha512
/// The manifest is named by SHA-512, and is `stored` there.
Case by_sha512(const char *name, const std::string &stored_end, std::string expected)
{
    std::vector<File> all = sound();
    File &index = all[all.size() - 2], &manifest = all[all.size() - 3];
    const std::string old = digest(manifest.content), now = digest_512(manifest.content);
    index.content.replace(index.content.find(old), old.size(), now);
    manifest.path = "image/blobs/sha512/" + now.substr(7);
    manifest.content += stored_end;
    return {name, std::move(all), "oci:@/image", std::move(expected)};
}

std::vector<Case> files(const std::string &outside)
{
    using Kind = File::Kind;
    const std::string blob = digest(kOne).substr(7);
    std::vector<File> blobs_elsewhere = layout("other", {kOne}, {kOne});
    for (File &file : blobs_elsewhere) {
        file.path = file.path.starts_with("other/blobs") ? file.path : "image" + file.path.substr(5);
    }
    blobs_elsewhere.push_back({"image/blobs", "../other/blobs", Kind::kSymlink});
    return {
        replaced("IndexIsAFifo", "index.json", {"", "", Kind::kFifo},
                 "error: \"index.json\" is no regular file"),
        replaced("IndexLeadsOut", "index.json", {"", outside + "/file", Kind::kSymlink}, "error: index.json"),
        replaced("IndexLeadsUp", "index.json", {"", "../../canary", Kind::kSymlink}, "error: index.json"),
        replaced("IndexLeadsToItself", "index.json", {"", "index.json", Kind::kSymlink}, "error: index.json"),
        replaced("VersionIsAFifo", "oci-layout", {"", "", Kind::kFifo}, "error: is no regular file"),
        replaced("BlobIsAFifo", blob, {"", "", Kind::kFifo}, "error: is no regular file"),
        replaced("BlobLeadsOut", blob, {"", outside + "/file", Kind::kSymlink}, "error: layer 1"),
        replaced("BlobLeadsIntoProc", blob, {"", "/proc/self/fd/0", Kind::kSymlink}, "error: layer 1"),
        replaced("BlobIsADevice", blob, {"", "/dev/zero", Kind::kSymlink}, "error: layer 1"),
        replaced("BlobIsEmpty", blob, {"", "", Kind::kRegular}, "error: layer 1: blob"),
        {"BlobsLeadOut", blobs_elsewhere, "oci:@/image", "error: blobs/sha256/"},
        by_sha512("ManifestOfSha512", "", kTree),
        by_sha512("ManifestOfSha512Damaged", " ", "error: is damaged"),
        {"NoLayout", {{"image/x", ""}}, "oci:@/image", "error: oci-layout"},
        {"NoSuchFolder", {}, "oci:@/image", "error: No such file or directory"},
        {"NoSuchName", sound(), "oci:@/image:latest", "error: no image \"latest\""},
        {"OtherPlatform", sound(), "oci:@/image", kTree, {"--platform", "plan9/mips"}},
        {"BlobsNobodyRefersTo",
         [] {
             auto f = sound();
             f.push_back({"image/blobs/sha256/junk", "x"});
             f.push_back({"image/junk", "x"});
             return f;
         }(),
         "oci:@/image", kTree},
    };
}

}  // namespace

std::vector<Case> layout_cases(const Place &place)
{
    std::vector<Case> out;
    for (const auto &rows : {versions_and_indexes(), manifests(), configs_and_blobs()}) {
        for (const Row &row : rows) {
            out.push_back({row.name,
                           layout("image", {kOne, kTwo}, {kOne, kTwo}, {{row.part, row.from, row.to}}),
                           "oci:@/image", row.expected});
        }
    }
    for (Case &one : files(place.outside)) {
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace rt::corpus
