// SPDX-License-Identifier: Apache-2.0
#include "layer/image_json.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "layer/base64.h"

namespace rt::layer {
namespace {

using json::Node;

constexpr std::string_view kIndexes[] = {"application/vnd.oci.image.index.v1+json",
                                         "application/vnd.docker.distribution.manifest.list.v2+json"};
constexpr std::string_view kManifests[] = {"application/vnd.oci.image.manifest.v1+json",
                                           "application/vnd.docker.distribution.manifest.v2+json"};
constexpr std::string_view kConfigs[] = {"application/vnd.oci.image.config.v1+json",
                                         "application/vnd.docker.container.image.v1+json"};
// spec: ImageLayerTypes, ImageLayerTypesZstd
// What they are packed with is seen, not believed: builders have been wrong.
constexpr std::string_view kLayers[] = {
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
};

Result<Node> required(Node node, std::string_view name)
{
    const auto member = node.member(name);
    return member ? Result<Node>(*member) : node.wrong(str("has no ", json::quote(name)));
}

Result<std::string> text_of(Node node)
{
    const auto text = node.string();
    return text ? Result<std::string>(std::string(*text)) : node.wrong("must be a string");
}

Result<std::string> text_or(Node node, std::string_view name, std::string_view absent)
{
    const auto member = node.member(name);
    return member ? text_of(*member) : Result<std::string>(std::string(absent));
}

Result<Node> list(Node node, std::string_view name)
{
    TRY_LET(member, required(node, name));
    return member.is_array() ? Result<Node>(member) : member.wrong("must be an array");
}

Result<Digest> digest_of(Node node)
{
    TRY_LET(text, text_of(node));
    auto digest = Digest::parse(text);
    return digest ? std::move(digest) : node.wrong(digest.error().text());
}

Result<Platform> platform_of(Node node)
{
    Platform out;
    TRY_LET(os, text_or(node, "os", ""));
    TRY_LET(architecture, text_or(node, "architecture", ""));
    TRY_LET(variant, text_or(node, "variant", ""));
    return Platform{std::move(os), std::move(architecture), std::move(variant)};
}

// spec: ImageDataVerified
/// What the document has in itself has to be what it says.
Result<std::optional<std::string>> embedded(Node node, const Digest &digest, std::uint64_t size)
{
    const auto data = node.member("data");
    if (!data) {
        return std::optional<std::string>();
    }
    TRY_LET(text, text_of(*data));
    auto content = from_base64(text);
    if (!content || content->size() != size || (digest.check_verifiable() && !digest.is_of(*content))) {
        return data->wrong("is not what size and digest say");
    }
    return std::optional<std::string>(std::move(content).take());
}

// spec: ImageDescriptor, ImageSizeNotNegative, ImageAnnotationsUnknown, ImagePropertiesUnknown
Result<Descriptor> descriptor_of(Node node)
{
    if (!node.is_object()) {
        return node.wrong("must be an object");
    }
    TRY_LET(type_node, required(node, "mediaType"));
    TRY_LET(media_type, text_of(type_node));
    TRY_LET(digest_node, required(node, "digest"));
    TRY_LET(digest, digest_of(digest_node));
    TRY_LET(size_node, required(node, "size"));
    const auto size = size_node.int64();
    if (!size || *size < 0) {
        return size_node.wrong("must be a whole number from 0 on");
    }
    const auto bytes = static_cast<std::uint64_t>(*size);
    TRY_LET(data, embedded(node, digest, bytes));
    Descriptor out{std::move(media_type), std::move(digest), bytes, "", {}, std::move(data), ""};
    if (const auto annotations = node.member("annotations")) {
        TRY_LET(name, text_or(*annotations, "org.opencontainers.image.ref.name", ""));
        out.ref_name = std::move(name);
    }
    if (const auto platform = node.member("platform")) {
        TRY_LET(read, platform_of(*platform));
        out.platform = std::move(read);
    }
    if (const auto urls = node.member("urls"); urls && urls->is_array()) {
        for (const json::Member url : urls->children()) {
            TRY_LET(text, text_of(url.value));
            out.urls += (out.urls.empty() ? "" : " ") + text;
        }
    }
    return out;
}

Result<std::vector<Descriptor>> descriptors(Node node, std::string_view name)
{
    TRY_LET(array, list(node, name));
    std::vector<Descriptor> out;
    for (const json::Member element : array.children()) {
        TRY_LET(descriptor, descriptor_of(element.value));
        out.push_back(std::move(descriptor));
    }
    return out;
}

// spec: ImageSchemaVersion, ImageManifestType, ImageIndexType
/// CVE-2021-41190: what is both an index and a manifest is taken for either.
Status check_kind(Node root, bool (*is_kind)(std::string_view),
                  std::initializer_list<std::string_view> foreign)
{
    TRY_LET(version, required(root, "schemaVersion"));
    if (version.int64() != 2) {
        return version.wrong("must be 2");
    }
    for (const std::string_view name : foreign) {
        if (const auto member = root.member(name)) {
            return member->wrong("does not belong here: a document is an index or a manifest");
        }
    }
    if (const auto type = root.member("mediaType")) {
        TRY_LET(text, text_of(*type));
        if (!is_kind(text)) {
            return type->wrong("is not the media type that the document was referred to with");
        }
    }
    return {};
}

// spec: ImageJson
/// `read(document.root())`; an error says where in the text it is.
template <class Read>
auto read_document(std::string_view text, std::string_view name, Read read)
    -> decltype(read(std::declval<Node>()))
{
    TRY_LET(document, json::Document::parse(text, name));
    auto result = read(document.root());
    if (result) {
        return result;
    }
    const std::string pointer = result.error().pointer();
    const json::Position at = json::locate(text, pointer);
    return Error::input(str(name, ":", at.line, ":", at.column, ": ", pointer.empty() ? "" : pointer + ": ",
                            result.error().text()));
}

// spec: ImageRootfs, ImageRootfsType, ImageConfigMore, ImageConfigNull, ImageConfigPlatform
Result<ImageConfig> image_config_of(Node root)
{
    TRY_LET(platform, platform_of(root));
    TRY_LET(rootfs, required(root, "rootfs"));
    TRY_LET(type_node, required(rootfs, "type"));
    if (type_node.string() != "layers") {
        return type_node.wrong("must be \"layers\"");
    }
    TRY_LET(ids, list(rootfs, "diff_ids"));
    ImageConfig out{std::move(platform), {}};
    for (const json::Member id : ids.children()) {
        TRY_LET(digest, digest_of(id.value));
        out.diff_ids.push_back(std::move(digest));
    }
    const auto config = root.member("config");
    if (const auto volumes = config ? config->member("Volumes") : std::nullopt) {
        for (const json::Member volume : volumes->children()) {
            out.volumes.emplace_back(volume.name);
        }
    }
    return out;
}

// spec: ImageManifestConfig, ImageManifestLayers
Result<Manifest> manifest_of(Node root)
{
    TRY(check_kind(root, is_manifest, {"manifests"}));
    TRY_LET(config_node, required(root, "config"));
    TRY_LET(config, descriptor_of(config_node));
    TRY_LET(layers, descriptors(root, "layers"));
    return Manifest{std::move(config), std::move(layers)};
}

Result<std::vector<std::string>> texts(Node array)
{
    std::vector<std::string> out;
    for (const json::Member element : array.children()) {
        TRY_LET(text, text_of(element.value));
        out.push_back(std::move(text));
    }
    return out;
}

Result<std::vector<DockerImage>> docker_images_of(Node root)
{
    int members = 0;
    for (const json::Member member : root.children()) {
        members += 1;
        if (members > 1) {
            return member.value.wrong("does not belong here");
        }
    }
    TRY_LET(images, list(root, ""));
    std::vector<DockerImage> out;
    for (const json::Member image : images.children()) {
        TRY_LET(config_node, required(image.value, "Config"));
        TRY_LET(config, text_of(config_node));
        TRY_LET(array, list(image.value, "Layers"));
        TRY_LET(layers, texts(array));
        DockerImage one{std::move(config), {}, std::move(layers)};
        if (const auto tags = image.value.member("RepoTags")) {
            TRY_LET(names, texts(*tags));
            one.tags = std::move(names);
        }
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace

bool is_index(std::string_view type) { return std::ranges::find(kIndexes, type) != std::end(kIndexes); }
bool is_manifest(std::string_view type)
{
    return std::ranges::find(kManifests, type) != std::end(kManifests);
}
bool is_image_config(std::string_view type)
{
    return std::ranges::find(kConfigs, type) != std::end(kConfigs);
}
bool is_layer(std::string_view type) { return std::ranges::find(kLayers, type) != std::end(kLayers); }

// spec: ImageIndexManifests, ImageLayoutIndex
Result<std::vector<Descriptor>> read_index(std::string_view text, std::string_view name)
{
    return read_document(text, name, [](Node root) -> Result<std::vector<Descriptor>> {
        TRY(check_kind(root, is_index, {"layers", "config"}));
        return descriptors(root, "manifests");
    });
}

Result<Manifest> read_manifest(std::string_view text, std::string_view name)
{
    return read_document(text, name, manifest_of);
}

Result<ImageConfig> read_image_config(std::string_view text, std::string_view name)
{
    return read_document(text, name, image_config_of);
}

// spec: ImageLayoutFile, ImageLayoutMore
Status check_layout_version(std::string_view text)
{
    return read_document(text, "oci-layout", [](Node root) -> Status {
        TRY_LET(version_node, required(root, "imageLayoutVersion"));
        TRY_LET(version, text_of(version_node));
        return version.starts_with("1.") ? Status()
                                         : version_node.wrong("is no version 1, the one that is known");
    });
}

Result<std::vector<DockerImage>> read_docker_manifest(std::string_view text)
{
    // It is an array, and documents are objects.
    return read_document(str("{\"\":", text, "}"), "manifest.json", docker_images_of);
}

}  // namespace rt::layer
