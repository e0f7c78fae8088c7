// SPDX-License-Identifier: Apache-2.0
#include "pack/image_edit.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_tree.h"
#include "layer/confine.h"
#include "layer/meter.h"
#include "pack/raw_json.h"

namespace rt::pack {
namespace {

using layer::Digest;
using layer::Image;

constexpr std::string_view kOciConfig = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

// spec: ImageWrittenTypes
struct MediaTypes {
    Packing packing;
    std::string_view oci, docker, magic;
};
constexpr MediaTypes kMediaTypes[] = {
    {Packing::kGzip, "application/vnd.oci.image.layer.v1.tar+gzip",
     "application/vnd.docker.image.rootfs.diff.tar.gzip", "\x1f\x8b"},
    {Packing::kZstd, "application/vnd.oci.image.layer.v1.tar+zstd",
     "application/vnd.docker.image.rootfs.diff.tar.zstd", "\x28\xb5\x2f\xfd"},
    {Packing::kNone, "application/vnd.oci.image.layer.v1.tar", "application/vnd.docker.image.rootfs.diff.tar",
     ""},
};

std::string_view media_type(Packing packing, bool docker)
{
    const auto *row = std::ranges::find(kMediaTypes, packing, &MediaTypes::packing);
    return docker ? row->docker : row->oci;
}

/// What the blob is packed with, as its first bytes have it.
Result<Packing> packing_of(const layer::Piece &blob)
{
    std::array<char, 4> first{};
    TRY_LET(count, kernel::pread(blob.file, first.data(), std::min<std::uint64_t>(first.size(), blob.size),
                                 blob.offset));
    const std::string_view bytes(first.data(), count);
    return std::ranges::find_if(kMediaTypes, [&](const auto &row) { return bytes.starts_with(row.magic); })
        ->packing;
}

std::string descriptor(std::string_view type, const Digest &digest, std::uint64_t size)
{
    json::Writer out(json::Layout::kCompact);
    out.begin_object();
    out.name("mediaType").string(type);
    out.name("digest").string(digest.text());
    out.name("size").number_unsigned(size);
    out.end_object();
    return std::move(out).take();
}

std::string array(const std::vector<std::string> &elements)
{
    json::Writer out(json::Layout::kCompact);
    out.begin_array();
    for (const std::string &element : elements) {
        out.raw(element);
    }
    out.end_array();
    return std::move(out).take();
}

Result<std::vector<std::string>> elements_of(std::string_view text, std::string_view what)
{
    std::vector<std::string> out;
    if (text.empty()) {
        return out;
    }
    TRY_LET(elements, raw_elements(text, what));
    for (const RawMember &element : elements) {
        out.emplace_back(element.value);
    }
    return out;
}

/// The manifest with these layers, and with the config that the image has now.
Status set_manifest(Image &image, const std::vector<std::string> &layers)
{
    TRY_LET(members, raw_members(image.manifest, "manifest"));
    TRY_LET(config, raw_members(raw_value(members, "config"), "manifest: config"));
    const std::string type(raw_value(config, "mediaType"));
    json::Writer out(json::Layout::kCompact);
    out.begin_object();
    out.name("mediaType").raw(type.empty() ? json::quote(kOciConfig) : type);
    out.name("digest").string(Digest::of(image.config).text());
    out.name("size").number_unsigned(image.config.size());
    out.end_object();
    TRY_LET(text, replaced(image.manifest, "manifest",
                           {{"config", std::move(out).take()}, {"layers", array(layers)}}));
    image.manifest = std::move(text);
    return {};
}

Result<std::vector<std::string>> layers_of(const Image &image)
{
    TRY_LET(members, raw_members(image.manifest, "manifest"));
    return elements_of(raw_value(members, "layers"), "manifest: layers");
}

Result<Digest> digest_of(const layer::Piece &blob)
{
    layer::FileSource source(blob);
    layer::Sha256 sum;
    for (;;) {
        TRY_LET(chunk, source.next());
        if (chunk.empty()) {
            return Digest::of(sum.finish());
        }
        sum.put(chunk);
    }
}

// spec: ImageHistory
/// The old entries, one for each layer at least, and one more.
std::string history_of(std::vector<std::string> entries, std::size_t layers, const History &history,
                       const std::vector<ConfigChange> &changes)
{
    if (entries.empty()) {
        entries.assign(layers, "{}");
    }
    json::Writer out(json::Layout::kCompact);
    out.begin_object();
    out.name("created").string(history.created);
    const std::pair<std::string_view, const std::string &> words[] = {
        {"author", history.author}, {"created_by", history.created_by}, {"comment", history.comment}};
    for (const auto &[name, word] : words) {
        if (!word.empty()) {
            out.name(name).string(word);
        }
    }
    out.end_object();
    entries.push_back(std::move(out).take());
    for (const ConfigChange &change : changes) {
        json::Writer entry(json::Layout::kCompact);
        entry.begin_object().name("created").string(history.created);
        entry.name("created_by").string(change.text).name("empty_layer").boolean(true);
        entries.push_back(std::move(entry.end_object()).take());
    }
    return array(entries);
}

Status add_to_config(Image &image, const Digest &diff_id, const History &history,
                     const std::vector<ConfigChange> &changes)
{
    TRY_LET(members, raw_members(image.config, "config"));
    TRY_LET(rootfs, raw_members(raw_value(members, "rootfs"), "config: rootfs"));
    TRY_LET(diff_ids, elements_of(raw_value(rootfs, "diff_ids"), "config: diff_ids"));
    TRY_LET(entries, elements_of(raw_value(members, "history"), "config: history"));
    const std::size_t layers = diff_ids.size();
    diff_ids.push_back(json::quote(diff_id.text()));
    TRY_LET(new_rootfs,
            replaced(raw_value(members, "rootfs"), "config: rootfs", {{"diff_ids", array(diff_ids)}}));
    std::vector<Replacement> all = {{"created", json::quote(history.created)},
                                    {"rootfs", new_rootfs},
                                    {"history", history_of(std::move(entries), layers, history, changes)}};
    if (!changes.empty()) {
        TRY_LET(changed, changed_config(raw_value(members, "config"), changes));
        all.push_back({"config", std::move(changed)});
    }
    TRY_LET(text, replaced(image.config, "config", all));
    image.config = std::move(text);
    return {};
}

struct Repacking {
    const Image::Layer &layer;
    LayerSpool &out;
    std::uint64_t most;
};

Result<std::string> repack_confined(FdRef /*root*/, void *argument)
{
    const Repacking &work = *static_cast<const Repacking *>(argument);
    layer::FileSource file(work.layer.blob);
    layer::MeteredSource packed(file);
    const auto plain = layer::unpacked(packed, work.most);
    const Digest &diff_id = *work.layer.diff_id;
    layer::DigestSum sum(diff_id);
    TRY(copy(*plain, work.out.sink(), sum));
    TRY(work.out.sink().finish());
    if (const Digest found = sum.finish(); found != diff_id) {
        return Error::input(str("the DiffID is ", found.text(), ", not ", diff_id.text()))
            .hint("the image is damaged: get it again");
    }
    return work.out.answer();
}

/// Unpacks the layer, and packs it as asked.
Result<WrittenLayer> repacked(const Image::Layer &layer, Packing packing, const std::string &spool,
                              std::uint64_t most)
{
    TRY_LET(out, LayerSpool::begin(spool, packing));
    Repacking work{layer, *out, most};
    const int inherited[] = {layer.blob.file.get(), out->file().get()};
    const std::uint64_t packers_own = most / 64 + (1 << 20);  // of what cannot be made smaller
    TRY_LET(answer,
            layer::confined({layer::kNoFiles, most + packers_own, repack_confined, &work}, inherited));
    return out->take_of(answer);
}

}  // namespace

Result<std::string> new_manifest(std::string_view config, const std::vector<LayerBlob> &layers)
{
    std::vector<std::string> descriptors;
    for (const LayerBlob &one : layers) {
        TRY_LET(packing, packing_of(one.blob));
        descriptors.push_back(descriptor(media_type(packing, false), one.digest, one.blob.size));
    }
    json::Writer out(json::Layout::kCompact);
    out.begin_object().name("schemaVersion").number(2).name("mediaType").string(kOciManifest);
    out.name("config").raw(descriptor(kOciConfig, Digest::of(config), config.size()));
    out.name("layers").raw(array(descriptors)).end_object();
    return std::move(out).take();
}

Status complete(Image &image)
{
    if (image.config.empty()) {
        return Error::input("a layer alone is no image")
            .hint("layerctl import tar:FILE NAME makes it one, layerctl commit adds one to another");
    }
    if (!image.manifest.empty()) {
        return {};
    }
    std::vector<LayerBlob> layers;
    for (Image::Layer &one : image.layers) {
        TRY_LET(digest, digest_of(one.blob));
        one.digest = digest;
        layers.push_back({one.blob, std::move(digest)});
    }
    TRY_LET(manifest, new_manifest(image.config, layers));
    image.manifest_type = kOciManifest;
    image.manifest = std::move(manifest);
    return {};
}

Status add_layer(Image &image, WrittenLayer added, const History &history,
                 const std::vector<ConfigChange> &changes)
{
    TRY_LET(layers, layers_of(image));
    const bool docker = image.manifest_type == kDockerManifest;
    layers.push_back(descriptor(media_type(added.packing, docker), added.digest, added.blob.size));
    TRY(add_to_config(image, added.diff_id, history, changes));
    TRY(set_manifest(image, layers));
    image.layers.push_back({std::move(added.blob), added.digest, added.diff_id});
    return {};
}

Status repack(Image &image, Packing packing, const std::string &spool, std::uint64_t most)
{
    TRY_LET(layers, layers_of(image));
    const bool docker = image.manifest_type == kDockerManifest;
    bool changed = false;
    for (const Image::Layer &one : image.layers) {
        layer::meter().expected += one.blob.size;
    }
    for (std::size_t i = 0; i < image.layers.size(); ++i) {
        Image::Layer &one = image.layers[i];
        if (!one.diff_id) {
            return Error::input(
                       "has a config of a type that is not known: its layers stay as they are packed")
                .hint("save it to oci: or oci-archive:, without --compress");
        }
        TRY_LET(now, packing_of(one.blob));
        if (now == packing) {
            layer::meter().bytes += one.blob.size;
            continue;
        }
        TRY(one.diff_id->check_verifiable());
        auto written = repacked(one, packing, spool, most);
        if (!written) {
            return std::move(written).error().context(str("layer ", i + 1, " of ", image.layers.size()));
        }
        layers[i] = descriptor(media_type(packing, docker), written->digest, written->blob.size);
        one.blob = std::move(written->blob);
        one.digest = std::move(written->digest);
        changed = true;
    }
    return changed ? set_manifest(image, layers) : Status();
}

}  // namespace rt::pack
