// SPDX-License-Identifier: Apache-2.0
#include "image.h"

#include <stdio.h>
#include <stdlib.h>

#include <algorithm>

#include "layer/crc32.h"
#include "layer/digest.h"

namespace rt::corpus {
namespace {

constexpr std::string_view kPrefix = "application/vnd.oci.image.";

std::string descriptor(std::string_view type, std::string_view content)
{
    return str(R"({"mediaType":")", kPrefix, type, R"(","digest":")", digest(content), R"(","size":)",
               content.size(), "}");
}

std::string edited(Part part, std::string text, const std::vector<Edit> &edits)
{
    for (const Edit &edit : edits) {
        if (edit.part != part) {
            continue;
        }
        const std::size_t at = text.find(edit.from);
        if (at == std::string::npos && part == Part::kStoredLayer) {
            continue;  // it is for another layer
        }
        if (at == std::string::npos) {
            ::fprintf(stderr, "an edit strikes nothing: %s\n", edit.from.c_str());
            ::exit(2);
        }
        text.replace(at, edit.from.size(), edit.to);
    }
    return text;
}

std::string joined(const std::vector<std::string> &all)
{
    std::string out;
    for (const std::string &one : all) {
        out += (out.empty() ? "" : ",") + one;
    }
    return out;
}

std::string little_endian(std::uint64_t value, int bytes)
{
    std::string out;
    for (int i = 0; i < bytes; ++i) {
        out += static_cast<char>(value >> (8 * i));
    }
    return out;
}

}  // namespace

std::string digest(std::string_view bytes) { return layer::Digest::of(bytes).text(); }

std::string digest_512(std::string_view bytes)
{
    layer::DigestSum sum(*layer::Digest::parse("sha512:" + std::string(128, '0')));
    sum.put(bytes);
    return sum.finish().text();
}

std::vector<File> layout(const std::string &directory, const Layers &packed, const Layers &plain,
                         const std::vector<Edit> &edits)
{
    std::vector<File> out;
    const auto blob = [&](const std::string &content, const std::string &stored) {
        out.push_back({directory + "/blobs/sha256/" + digest(content).substr(7), stored});
    };
    std::vector<std::string> layers, ids;
    for (std::size_t i = 0; i < packed.size(); ++i) {
        layers.push_back(descriptor("layer.v1.tar+gzip", packed[i]));
        ids.push_back('"' + digest(plain[i]) + '"');
        blob(packed[i], edited(Part::kStoredLayer, packed[i], edits));
    }
    const std::string config = edited(
        Part::kConfig,
        str(R"({"architecture":"amd64","os":"linux","config":{"Cmd":["/bin/sh"]},"rootfs":{"type":"layers","diff_ids":[)",
            joined(ids), "]}}"),
        edits);
    blob(config, edited(Part::kStoredConfig, config, edits));
    const std::string manifest =
        edited(Part::kManifest,
               str(R"({"schemaVersion":2,"mediaType":")", kPrefix, R"(manifest.v1+json","config":)",
                   descriptor("config.v1+json", config), R"(,"layers":[)", joined(layers), "]}"),
               edits);
    blob(manifest, edited(Part::kStoredManifest, manifest, edits));
    const std::string index =
        str(R"({"schemaVersion":2,"manifests":[)", descriptor("manifest.v1+json", manifest), "]}");
    out.push_back({directory + "/index.json", edited(Part::kIndex, index, edits)});
    out.push_back(
        {directory + "/oci-layout", edited(Part::kVersion, R"({"imageLayoutVersion":"1.0.0"})", edits)});
    return out;
}

Case of_layers(std::string name, Layers layers, std::string expected, std::vector<std::string> options,
               std::string mounted)
{
    const bool alone = layers.size() == 1;
    return {std::move(name),
            alone ? std::vector<File>{{"layer", layers[0]}} : layout("image", layers, layers),
            alone ? "tar:@/layer" : "oci:@/image",
            std::move(expected),
            std::move(options),
            std::move(mounted)};
}

std::string gzip(std::string_view bytes)
{
    std::string out("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    constexpr std::size_t kLargest = 65535;
    layer::Crc32 sum;
    sum.put(bytes);
    const std::size_t size = bytes.size();
    do {
        const std::string_view block = bytes.substr(0, kLargest);
        bytes.remove_prefix(block.size());
        out += bytes.empty() ? '\1' : '\0';
        out += little_endian(block.size(), 2) + little_endian(~block.size(), 2);
        out += block;
    } while (!bytes.empty());
    return out + little_endian(sum.value(), 4) + little_endian(size, 4);
}

std::string zstd(std::string_view bytes)
{
    std::string out("\x28\xb5\x2f\xfd\0\x58", 6);  // a window of 2 MiB, neither size nor sum
    constexpr std::size_t kLargest = 128 << 10;
    do {
        const std::string_view block = bytes.substr(0, kLargest);
        bytes.remove_prefix(block.size());
        out += little_endian(block.size() << 3 | (bytes.empty() ? 1 : 0), 3);
        out += block;
    } while (!bytes.empty());
    return out;
}

}  // namespace rt::corpus
