// SPDX-License-Identifier: Apache-2.0
#include "store/collect.h"

#include <fcntl.h>

#include <cerrno>
#include <span>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/tree.h"
#include "store/chain.h"
#include "store/containers.h"
#include "store/flatten.h"
#include "store/staging.h"
#include "store/usage.h"

namespace rt::store {
namespace {

std::string blob_name(const Digest &digest) { return str(digest.algorithm(), "/", digest.encoded()); }

/// A directory of the store, what of it is marked, and what it is called in the trash.
class Sweep {
public:
    Sweep(const Store &store, bool dry, std::vector<Garbage> &found) : store_(store), dry_(dry), found_(found)
    {}

    /// Everything in `path` that is not among `kept`, or only what is.
    Status directory(const std::string &path, const std::set<std::string> &names, bool names_are_kept)
    {
        TRY_LET(dir, kernel::openat(store_.root(), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
        TRY_LET(entries, kernel::list(dir));
        for (const kernel::DirEntry &entry : entries) {
            if (names.contains(entry.name) != names_are_kept) {
                TRY(take(dir, path, entry.name));
            }
        }
        return kernel::fsync(dir);
    }

private:
    Status take(FdRef dir, const std::string &path, const std::string &name)
    {
        TRY_LET(bytes, disk_usage(dir, name));
        found_.push_back({str(path, "/", name), bytes});
        if (dry_) {
            return {};
        }
        TRY_LET(fresh, new_container_id());
        return kernel::renameat(dir, name, store_.trash(), str(fresh, "-", name));
    }

    const Store &store_;
    bool dry_;
    std::vector<Garbage> &found_;
};

}  // namespace

Status mark(const Store &store, const Digest &manifest, Marks &marks)
{
    if (!marks.blobs.insert(blob_name(manifest)).second) {
        return {};
    }
    TRY_LET(documents, store.documents(manifest));
    marks.blobs.insert(blob_name(documents.manifest.config.digest));
    for (const layer::Descriptor &layer : documents.manifest.layers) {
        marks.blobs.insert(blob_name(layer.digest));
    }
    for (const Digest &diff_id : documents.config.diff_ids) {
        marks.layers.insert(directory_name(diff_id));
    }
    marks.chains.insert(directory_name(chain_id(documents.config.diff_ids)));
    if (documents.config.diff_ids.size() > kMostSeen) {
        TRY_LET(seen, seen_layers(store, documents.config.diff_ids));
        if (const auto lowest = std::span(seen).last(flattened(seen.size())); !lowest.empty()) {
            marks.chains.insert(flat_name(lowest));
        }
    }
    return {};
}

Result<Marks> marks_of(const Store &store)
{
    Marks out;
    TRY_LET(images, store.images());
    for (const ImageName &image : images) {
        if (Status marked = mark(store, image.manifest, out); !marked) {
            return std::move(marked).error().context(str("image ", json::quote(image.name)));
        }
    }
    TRY_LET(all, containers(store));
    for (const Container &container : all) {
        if (is_abandoned(container)) {
            out.abandoned.insert(container.id);
        } else if (Status marked = mark(store, container.manifest, out); !marked) {
            return std::move(marked).error().context(str("container ", json::quote(container.id)));
        }
    }
    return out;
}

Result<std::vector<Garbage>> collect(const Store &store, bool dry)
{
    TRY_LET(marks, marks_of(store));
    std::vector<Garbage> found;
    Sweep sweep(store, dry, found);
    // What leads to others goes before those.
    TRY(sweep.directory("containers", marks.abandoned, false));
    TRY(sweep.directory("chains", marks.chains, true));
    TRY(sweep.directory("layers", marks.layers, true));
    TRY_LET(algorithms, kernel::list_at(store.root(), "blobs"));
    for (const kernel::DirEntry &algorithm : algorithms) {
        std::set<std::string> kept;
        for (const std::string &name : marks.blobs) {
            if (name.starts_with(algorithm.name + "/")) {
                kept.insert(name.substr(algorithm.name.size() + 1));
            }
        }
        TRY(sweep.directory("blobs/" + algorithm.name, kept, true));
    }
    if (!dry) {
        TRY(sweep_staging(store));
    }
    return found;
}

Status empty_trash(const Store &store)
{
    TRY_LET(entries, kernel::list(store.trash()));
    for (const kernel::DirEntry &entry : entries) {
        TRY(layer::remove_tree(store.trash(), entry.name));
    }
    return {};
}

}  // namespace rt::store
