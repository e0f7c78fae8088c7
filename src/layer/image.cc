// SPDX-License-Identifier: Apache-2.0
#include "layer/image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::layer {
namespace {

using Shape = ImageSource::Shape;

struct Prefix {
    std::string_view text;
    Shape shape;
};
constexpr Prefix kPrefixes[] = {{"oci:", Shape::kOci},
                                {"oci-archive:", Shape::kOciArchive},
                                {"docker-archive:", Shape::kDockerArchive},
                                {"tar:", Shape::kTar}};

Result<std::string> document(ImageFiles &files, const std::string &name)
{
    TRY_LET(piece, files.open(name));
    FileSource source(piece);
    auto text = read_all(source, kLargestDocument);
    return text ? std::move(text) : std::move(text).error().context(json::quote(name));
}

// spec: ImageBlobsMissing
Error not_there(const Descriptor &blob, Error error)
{
    if (error.err() != ENOENT) {
        return error;
    }
    return Error::input(str("blob ", blob.digest.text(), " is not in the image"))
        .hint(blob.urls.empty() ? std::string("copy the whole image") : str("it may be at ", blob.urls));
}

// spec: ImageContentVerified, ImageContentSize, ImageHashFirst, ImageSha256, ImageSha512, ImageBlobMatches
/// The document that `blob` is, when it is of the size and the digest that it should have.
Result<std::string> document(ImageFiles &files, const Descriptor &blob, std::string_view what)
{
    if (blob.data) {
        return *blob.data;
    }
    TRY(blob.digest.check_verifiable());
    auto text = document(files, blob.digest.blob_path());
    if (!text) {
        return not_there(blob, std::move(text).error()).context(std::string(what));
    }
    if (text->size() != blob.size || !blob.digest.is_of(*text)) {
        return Error::damaged(str("blob ", blob.digest.text(), " is damaged")).hint("get the image again");
    }
    return text;
}

// spec: ImagePlatformUnderstood, ImageIndexPlatform
bool fits(const std::optional<Platform> &offered, const Platform &wanted)
{
    return !offered || (offered->os == wanted.os && offered->architecture == wanted.architecture &&
                        (wanted.variant.empty() || offered->variant == wanted.variant));
}

// spec: ImageIndexFirst, ImageIndexTypesUnknown, ImageIndexTypes
/// The first that fits; of index.json also by name.
Result<Descriptor> choose(std::vector<Descriptor> &all, const Platform &platform, const std::string &name)
{
    std::string offers;
    for (Descriptor &one : all) {
        const bool named = name.empty() || one.ref_name == name;
        if (named && fits(one.platform, platform) &&
            (is_index(one.media_type) || is_manifest(one.media_type))) {
            return std::move(one);
        }
        const std::string offer = !name.empty()  ? one.ref_name
                                  : one.platform ? in_words(*one.platform)
                                                 : one.media_type;
        offers += str(offers.empty() ? "" : ", ", offer);
    }
    const std::string what =
        name.empty() ? str("an image for ", in_words(platform)) : str("an image ", json::quote(name));
    return Error::input(str("there is no ", std::string_view(what).substr(3)))
        .hint(offers.empty() ? std::string("there is none at all") : str("there is ", offers));
}

/// Those of the config; none for each layer when it is of a type that is not known.
Result<std::vector<std::optional<Digest>>> diff_ids_of(const Manifest &manifest, const std::string &config)
{
    const std::size_t layers = manifest.layers.size();
    if (!is_image_config(manifest.config.media_type)) {
        return std::vector<std::optional<Digest>>(layers);
    }
    TRY_LET(read, read_image_config(config, "config"));
    if (read.diff_ids.size() != layers) {
        return Error::input(str(layers, " layers, but the config has ", read.diff_ids.size(), " DiffIDs"));
    }
    return std::vector<std::optional<Digest>>(read.diff_ids.begin(), read.diff_ids.end());
}

// spec: ImageConfigTypes, ImageConfigUnknown, ImageArtifactsCopied, ImageLayersInOrder, ImageRootfs
Result<Image> from_manifest(ImageFiles &files, const Manifest &manifest, std::string_view name,
                            Purpose purpose)
{
    if (purpose == Purpose::kFiles && !is_image_config(manifest.config.media_type)) {
        return Error::input(
            str(name, " is no image to unpack: its config is ", json::quote(manifest.config.media_type)));
    }
    Image out;
    TRY_LET(text, document(files, manifest.config, "config"));
    out.config = std::move(text);
    TRY_LET(diff_ids, diff_ids_of(manifest, out.config));
    for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
        const Descriptor &layer = manifest.layers[i];
        if (purpose == Purpose::kFiles && !is_layer(layer.media_type)) {
            return Error::input(str("layer ", i + 1, " is of a media type that is not known, ",
                                    json::quote(layer.media_type)));
        }
        auto blob = files.open(layer.digest.blob_path());
        if (!blob) {
            return not_there(layer, std::move(blob).error()).context(str("layer ", i + 1));
        }
        if (blob->size != layer.size) {
            return Error::damaged(str("layer ", i + 1, ": blob ", layer.digest.text(), " has ", blob->size,
                                      " bytes, not ", layer.size));
        }
        out.layers.push_back({std::move(blob).take(), layer.digest, std::move(diff_ids[i])});
    }
    return out;
}

/// One of the two that make a folder a layout.
Result<std::string> layout_file(ImageFiles &files, const std::string &name, const char *advice)
{
    auto text = document(files, name);
    return text || text.error().err() != ENOENT ? std::move(text)
                                                : std::move(text).context("no image layout").hint(advice);
}

// spec: ImageIndexRead, ImageIndexNested, ImageRefNameOfIndex
Result<Image> from_layout(ImageFiles &files, const std::string &name, const Platform &platform,
                          Purpose purpose)
{
    TRY_LET(layout,
            layout_file(files, "oci-layout",
                        "a layout has oci-layout, index.json and blobs/; a bundle is for runtime run, "
                        "and a tree for layerctl export"));
    TRY(check_layout_version(layout));
    TRY_LET(index, layout_file(files, "index.json", "copy the whole image"));
    TRY_LET(all, read_index(index, "index.json"));
    TRY_LET(chosen, choose(all, platform, name));
    std::string own_name = chosen.ref_name;
    constexpr int kMostIndexes = 8;
    for (int depth = 0; is_index(chosen.media_type); ++depth) {
        if (depth == kMostIndexes) {
            return Error::input("an index of an index, too deep");
        }
        TRY_LET(text, document(files, chosen, "index"));
        TRY_LET(nested, read_index(text, chosen.digest.text()));
        TRY_LET(next, choose(nested, platform, ""));
        chosen = std::move(next);
    }
    TRY_LET(text, document(files, chosen, "manifest"));
    TRY_LET(manifest, read_manifest(text, chosen.digest.text()));
    TRY_LET(out, from_manifest(files, manifest, chosen.digest.text(), purpose));
    out.manifest = std::move(text);
    out.manifest_type = std::move(chosen.media_type);
    out.name = std::move(own_name);
    return out;
}

Result<Image> from_docker(ImageFiles &files, const std::string &name)
{
    TRY_LET(text, document(files, "manifest.json"));
    TRY_LET(images, read_docker_manifest(text));
    const auto chosen = std::ranges::find_if(images, [&](const DockerImage &one) {
        return name.empty() || std::ranges::find(one.tags, name) != one.tags.end() ||
               std::ranges::find(one.tags, name + ":latest") != one.tags.end();
    });
    if (chosen == images.end()) {
        std::string tags;
        for (const DockerImage &one : images) {
            for (const std::string &tag : one.tags) {
                tags += str(tags.empty() ? "there is " : ", ", tag);
            }
        }
        return Error::input(name.empty() ? std::string("there is no image")
                                         : str("there is no image ", json::quote(name)))
            .hint(tags.empty() ? "the archive names none; it takes no NAME" : tags);
    }
    Image out;
    if (!name.empty() || !chosen->tags.empty()) {
        out.name = name.empty() ? chosen->tags.front() : name;
    }
    TRY_LET(config_text, document(files, chosen->config));
    TRY_LET(config, read_image_config(config_text, chosen->config));
    out.config = std::move(config_text);
    if (config.diff_ids.size() != chosen->layers.size()) {
        return Error::input(
            str(chosen->layers.size(), " layers, but the config has ", config.diff_ids.size(), " DiffIDs"));
    }
    for (std::size_t i = 0; i < chosen->layers.size(); ++i) {
        auto blob = files.open(chosen->layers[i]);
        if (!blob) {
            return std::move(blob).error().context(str("layer ", i + 1));
        }
        out.layers.push_back({std::move(blob).take(), std::nullopt, config.diff_ids[i]});
    }
    return out;
}

Result<Image> from_tar(Fd file, const std::string &spool, std::uint64_t most)
{
    TRY_LET(found, kernel::fstat(file));
    Image out;
    if (!S_ISREG(found.st_mode)) {
        return Error::input("a layer alone has to be a file").hint(str("store it first, in ", spool));
    }
    (void)most;
    out.layers.push_back({{std::move(file), 0, static_cast<std::uint64_t>(found.st_size)}, {}, {}});
    return out;
}

Result<Fd> open_archive(const std::string &path)
{
    TRY_LET(file, path == "-" ? kernel::dup(FdRef(STDIN_FILENO))
                              : kernel::openat(kernel::kCwd, path, O_RDONLY).context("opening the archive"));
    TRY_LET(found, kernel::fstat(file));
    if (S_ISDIR(found.st_mode)) {
        return Error::input("is a folder, and no archive")
            .hint(str("oci:", path, " is an image layout in a folder"));
    }
    return file;
}

}  // namespace

Result<ImageSource> parse_source(std::string_view text)
{
    const auto *prefix =
        std::ranges::find_if(kPrefixes, [&](const Prefix &p) { return text.starts_with(p.text); });
    if (prefix != std::end(kPrefixes)) {
        const std::string_view rest = text.substr(prefix->text.size());
        const std::size_t colon = prefix->shape == Shape::kTar ? std::string_view::npos : rest.find(':');
        const std::string_view path = rest.substr(0, colon);
        if (path.empty()) {
            return Error::input(str(json::quote(text), " names no file"));
        }
        return ImageSource{prefix->shape, std::string(path),
                           std::string(colon == std::string_view::npos ? "" : rest.substr(colon + 1))};
    }
    struct stat found = {};
    if (::stat(std::string(text).c_str(), &found) == -1) {
        return Error::kernel(errno, str("image ", json::quote(text))).hint("it is no file and no folder");
    }
    return ImageSource{S_ISDIR(found.st_mode) ? Shape::kOci : Shape::kOciArchive, std::string(text), ""};
}

Result<Image> open_image(const ImageSource &source, const Platform &platform, const std::string &spool,
                         const UnpackLimits &limits, Purpose purpose)
{
    if (source.shape == Shape::kOci) {
        TRY_LET(files, folder_files(source.path));
        return from_layout(*files, source.name, platform, purpose);
    }
    TRY_LET(archive, open_archive(source.path));
    if (source.shape == Shape::kTar) {
        return from_tar(std::move(archive), spool, limits.most_bytes);
    }
    TRY_LET(files, archive_files(std::move(archive), spool, limits.most_bytes));
    const bool docker = source.shape == Shape::kDockerArchive || !files->has("oci-layout");
    if (docker && !files->has("manifest.json")) {
        return Error::input("is neither an image layout nor what docker save writes")
            .hint(str("a plain tarball, as docker export writes it, is tar:", source.path,
                      "; layerctl import tar:", source.path, " NAME makes an image of it"));
    }
    return docker ? from_docker(*files, source.name) : from_layout(*files, source.name, platform, purpose);
}

}  // namespace rt::layer
