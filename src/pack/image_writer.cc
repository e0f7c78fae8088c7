// SPDX-License-Identifier: Apache-2.0
#include "pack/image_writer.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layer/image_json.h"
#include "layer/meter.h"
#include "layer/new_directory.h"
#include "pack/file_sink.h"
#include "pack/image_index.h"
#include "pack/layer_spool.h"
#include "pack/new_file.h"
#include "pack/tar_writer.h"

namespace rt::pack {
namespace {

using layer::Digest;
using layer::Image;
using layer::TarEntry;
using Shape = layer::ImageSource::Shape;

/// A file of the image: a text, or a blob.
struct File {
    std::string text;
    const Image::Layer *layer = nullptr;

    std::uint64_t size() const { return layer != nullptr ? layer->blob.size : text.size(); }
    /// Its bytes, compared with the digest.
    Status copy_to(ByteSink &sink) const
    {
        if (layer == nullptr) {
            return sink.put(text);
        }
        layer::FileSource file(layer->blob);
        layer::MeteredSource source(file);
        layer::DigestSum sum(*layer->digest);
        TRY(copy(source, sink, sum));
        const Digest found = sum.finish();
        return found == *layer->digest
                   ? Status()
                   : Error::input(str("blob ", layer->digest->text(), " is damaged, it is ", found.text()))
                         .hint("get the image again");
    }
};
using Files = std::map<std::string, File>;  // in the order of an archive

/// docker's manifest.json.
std::string docker_manifest(const Image &image, const Digest &config, const std::string &name)
{
    // A colon behind the last slash begins the tag; one before it, a port.
    const std::size_t slash = name.rfind('/');
    const bool tagged = name.find(':', slash == std::string::npos ? 0 : slash) != std::string::npos;
    json::Writer out(json::Layout::kCompact);
    out.begin_array().begin_object();
    out.name("Config").string(config.blob_path());
    out.name("RepoTags").begin_array();
    if (!name.empty()) {
        out.string(tagged ? name : name + ":latest");
    }
    out.end_array();
    out.name("Layers").begin_array();
    for (const Image::Layer &layer : image.layers) {
        out.string(layer.digest->blob_path());
    }
    out.end_array().end_object().end_array();
    return std::move(out).take();
}

// spec: ImageLayoutWritten, ImageBytesKept, ImageDataNotWritten, ImageLayersReproducible
Result<Files> files_of(const Image &image, const layer::ImageSource &target)
{
    const std::string &name = target.name.empty() ? image.name : target.name;
    TRY_LET(manifest, layer::read_manifest(image.manifest, "manifest"));
    const Digest &config = manifest.config.digest;
    if (!config.is_of(image.config)) {
        return Error::bug("a config that is not the manifest's");
    }
    Files out;
    out["oci-layout"].text = kLayout;
    out["index.json"].text = index_json(
        std::array{ImageName{name, image.manifest_type, Digest::of(image.manifest), image.manifest.size()}});
    out[Digest::of(image.manifest).blob_path()].text = image.manifest;
    out[config.blob_path()].text = image.config;
    for (const Image::Layer &layer : image.layers) {
        if (!layer.digest) {
            return Error::bug("a layer without a digest");
        }
        TRY(layer.digest->check_verifiable());
        out[layer.digest->blob_path()].layer = &layer;
    }
    if (target.shape == Shape::kDockerArchive) {
        out["manifest.json"].text = docker_manifest(image, config, name);
    }
    return out;
}

/// Those that the files are in, the outer ones first.
std::set<std::string> directories_of(const Files &files)
{
    std::set<std::string> out;
    for (const auto &[name, file] : files) {
        for (std::size_t slash = name.find('/'); slash != std::string::npos;
             slash = name.find('/', slash + 1)) {
            out.insert(name.substr(0, slash));
        }
    }
    return out;
}

Status write_folder(const Files &files, const std::string &path, bool durable)
{
    TRY_LET(folder, layer::NewDirectory::begin(path));
    for (const std::string &directory : directories_of(files)) {
        TRY(kernel::mkdirat(folder.dir(), directory, 0755));
    }
    for (const auto &[name, file] : files) {
        constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
        TRY_LET(fd, kernel::openat(folder.dir(), name, kNew, 0644));
        FileSink sink(fd);
        TRY(file.copy_to(sink));
        TRY(sink.finish());
    }
    return folder.commit(durable);
}

/// To a TarWriter, as the data of its latest entry.
class EntryData final : public ByteSink {
public:
    explicit EntryData(TarWriter &tar) : tar_(tar) {}
    Status put(std::string_view bytes) override { return tar_.data(bytes); }
    Status finish() override { return {}; }

private:
    TarWriter &tar_;
};

Status write_archive(const Files &files, const std::string &path, bool durable)
{
    TRY_LET(target, NewFile::begin(path));
    FileSink bytes(target.file());
    TarWriter tar(bytes);
    EntryData data(tar);
    for (const std::string &directory : directories_of(files)) {
        TarEntry entry;
        entry.kind = TarEntry::Kind::kDirectory;
        entry.path = directory;
        entry.mode = 0755;
        TRY(tar.entry(entry));
    }
    for (const auto &[name, file] : files) {
        TarEntry entry;
        entry.path = name;
        entry.mode = 0644;
        entry.size = file.size();
        TRY(tar.entry(entry));
        TRY(file.copy_to(data));
    }
    TRY(tar.finish());
    return target.commit(durable);
}

}  // namespace

Status write_image(const Image &image, const layer::ImageSource &target, bool durable)
{
    TRY_LET(files, files_of(image, target));
    for (const auto &[path, file] : files) {
        layer::meter().expected += file.layer != nullptr ? file.size() : 0;
    }
    return target.shape == Shape::kOci ? write_folder(files, target.path, durable)
                                       : write_archive(files, target.path, durable);
}

}  // namespace rt::pack
