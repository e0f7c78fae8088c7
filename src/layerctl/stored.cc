// SPDX-License-Identifier: Apache-2.0
#include "layerctl/stored.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "layerctl/id_options.h"
#include "layerctl/store_options.h"
#include "pack/raw_json.h"
#include "store/chain.h"

namespace rt::layerctl {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

Result<layer::Piece> blob(const store::Store &store, const layer::Digest &digest)
{
    TRY_LET(file, store.open_blob(digest));
    TRY_LET(found, kernel::fstat(file));
    return layer::Piece{std::move(file), 0, static_cast<std::uint64_t>(found.st_size)};
}

/// The image's lowerdirs, below the directories `above`.
Result<pack::MergedDirectory> tree(const store::Store &store, const layer::Digest &manifest,
                                   std::vector<Fd> above)
{
    TRY_LET(documents, store.documents(manifest));
    TRY_LET(lower, store::lowerdirs(store, documents.config.diff_ids));
    for (Fd &one : lower) {
        above.push_back(std::move(one));
    }
    if (above.empty()) {
        TRY_LET(empty, kernel::openat(store.root(), "empty", kDirectory));
        above.push_back(std::move(empty));
    }
    return pack::MergedDirectory::root(std::move(above), store.form() == layer::LayerForm::kUserOverlay
                                                             ? pack::Overlay::kUser
                                                             : pack::Overlay::kTrusted);
}

/// "init", if the container has it.
Status add_init(const store::Container &container, std::vector<Fd> &above)
{
    auto init = kernel::openat(container.dir, "init", kDirectory);
    if (init) {
        above.push_back(std::move(init).take());
        return {};
    }
    return init.error().err() == ENOENT ? Status() : Status(std::move(init).error());
}

}  // namespace

Result<std::optional<store::Store>> find_store(const Arguments &arguments)
{
    auto store = open_store(arguments, store::Store::Use::kRead);
    if (store) {
        return std::optional(std::move(store).take());
    }
    const bool none = store.error().blame() == Blame::kAbsent || store.error().err() == ENOENT;
    return none && !arguments.has("root") ? Result(std::optional<store::Store>()) : std::move(store).error();
}

Result<layer::Image> stored_image(const store::Store &store, const layer::Digest &manifest, std::string name)
{
    TRY_LET(documents, store.documents(manifest));
    TRY_LET(type, pack::manifest_type(documents.manifest_text));
    layer::Image out;
    out.manifest = std::move(documents.manifest_text);
    out.manifest_type = std::move(type);
    out.config = std::move(documents.config_text);
    out.name = std::move(name);
    for (std::size_t i = 0; i < documents.manifest.layers.size(); ++i) {
        const layer::Digest &digest = documents.manifest.layers[i].digest;
        TRY_LET(piece, blob(store, digest));
        out.layers.push_back({std::move(piece), digest, documents.config.diff_ids[i]});
    }
    return out;
}

Result<pack::MergedDirectory> image_tree(const store::Store &store, const layer::Digest &manifest)
{
    return tree(store, manifest, {});
}

Result<ContainerTrees> container_trees(const store::Store &store, const store::Container &container)
{
    if (!container.writable) {
        return Error::state(str("container ", json::quote(container.id), " cannot be written to"));
    }
    std::vector<Fd> below, all;
    TRY(add_init(container, below));
    TRY_LET(upper, kernel::openat(container.dir, "upper", kDirectory));
    TRY_LET(back, mapped_ids(container, true));
    if (back) {  // what was written there has the ids of the container outside
        TRY_LET(unmapped, store::with_ids(upper, back->ids));
        TRY_LET(readable, kernel::openat(unmapped, ".", kDirectory));
        upper = std::move(readable);
    }
    all.push_back(std::move(upper));
    TRY(add_init(container, all));
    TRY_LET(before, tree(store, container.manifest, std::move(below)));
    TRY_LET(after, tree(store, container.manifest, std::move(all)));
    return ContainerTrees{std::move(before), std::move(after)};
}

}  // namespace rt::layerctl
