// SPDX-License-Identifier: Apache-2.0
//
// Images kept on disk (docs/layerctl.md, "The store"): an image layout, with its layers unpacked beside it.
//
// A name that is there is whole, and safe from a power cut: things are made in staging/, written back, and
// renamed; blobs before layers before the names of images.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "layer/attributes.h"
#include "layer/digest.h"
#include "layer/image_json.h"
#include "layer/layer_notes.h"
#include "pack/image_index.h"
#include "store/locks.h"

namespace rt::store {

using layer::Digest;
using pack::ImageName;

/// An image's documents, as they were when they came.
struct Documents {
    Digest manifest_digest;
    std::string manifest_text, config_text;
    layer::Manifest manifest;
    layer::ImageConfig config;
};

class Store {
public:
    enum class Use : std::uint8_t {
        kRead,   ///< beside all others; it has to be there
        kWrite,  ///< the same, and it is made if it is missing
        kAlone,  ///< when nobody else is in it, which is waited for
    };
    /// Of the directory `root`.  In use, when `patience` ends before the others do.  One that was made in a
    /// user namespace has files of that one's ids, and is used with these alone.
    static Result<Store> open(const std::string &root, Use use, const Patience &patience = {});

    /// How layers are unpacked here: that which root of the machine mounts, or root of a user namespace.
    layer::LayerForm form() const { return form_; }

    /// Others need not wait for us any longer.
    void let_go() { lock_ = Fd(); }

    // Blobs.
    bool has_blob(const Digest &digest) const;
    /// Absent, if it is not there.
    Result<Fd> open_blob(const Digest &digest) const;
    /// A document, checked against its digest.
    Result<std::string> read_blob(const Digest &digest) const;
    /// A file without a name, to write a blob into.
    Result<Fd> new_blob() const;
    /// Gives the file its name; its bytes have to be on disk already, and sync_blobs() comes after.
    Status name_blob(FdRef file, const Digest &digest) const;
    Status sync_blobs() const;
    /// A new blob of these bytes, on disk.
    Result<Digest> add_blob(std::string_view bytes) const;

    // Names of images.  They are what the grammar of org.opencontainers.image.ref.name allows.
    static Status check_name(std::string_view name);
    Result<std::vector<ImageName>> images() const;
    /// By name; or by the beginning of the manifest's digest, 6 digits or more.
    Result<ImageName> find_image(const std::string &name) const;
    /// The same, and nothing when there is none.
    Result<std::optional<ImageName>> look_up_image(const std::string &name) const;
    /// Takes the place of what had the name.
    Status put_image(const ImageName &image) const;
    Status remove_image(const std::string &name) const;
    Result<Documents> documents(const Digest &manifest) const;

    // Layers, by DiffID.
    bool has_layer(const Digest &diff_id) const;
    /// The directory with the layer's files, a lowerdir of overlayfs.
    Result<Fd> open_layer(const Digest &diff_id) const;
    Result<layer::LayerNotes> layer_notes(const Digest &diff_id) const;

    /// With which all its locks are waited for.
    const Patience &patience() const { return patience_; }

    // The directories: of the store, blobs/sha256, ...
    FdRef root() const { return root_; }
    FdRef layers() const { return layers_; }
    FdRef chains() const { return chains_; }
    FdRef staging() const { return staging_; }
    FdRef containers() const { return containers_; }
    FdRef trash() const { return trash_; }
    /// For others of the store's directory, to be used when this object is no more.
    const std::string &path() const { return path_; }

private:
    Store() = default;
    Status make() const;
    Status read_format();
    Result<Fd> blobs(const Digest &digest, bool make) const;
    Status write_index(const std::vector<ImageName> &images) const;
    Result<std::vector<ImageName>> read_index() const;
    Result<Fd> lock_index() const;

    std::string path_;
    Patience patience_;
    layer::LayerForm form_ = layer::LayerForm::kOverlay;
    Fd root_, lock_, layers_, chains_, staging_, containers_, trash_;
};

/// The name of `digest`'s directory among layers and chains.
std::string directory_name(const Digest &digest);

}  // namespace rt::store
