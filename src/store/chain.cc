// SPDX-License-Identifier: Apache-2.0
#include "store/chain.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <span>
#include <utility>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "store/flatten.h"
#include "store/staging.h"

namespace rt::store {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
constexpr std::size_t kMostNotes = 1U << 30;

Result<SeenLayer> seen(const Store &store, const Digest &diff_id, const StagedLayer &staged)
{
    if (const auto directory = staged(diff_id)) {
        TRY_LET(files, kernel::openat(*directory, layer::kFilesDirectory, kDirectory));
        TRY_LET(text, kernel::read_file(*directory, layer::kNotesFile, kMostNotes));
        TRY_LET(notes, layer::read_layer_notes(text));
        return SeenLayer{diff_id, std::move(files), std::move(notes)};
    }
    TRY_LET(files, store.open_layer(diff_id));
    TRY_LET(notes, store.layer_notes(diff_id));
    return SeenLayer{diff_id, std::move(files), std::move(notes)};
}

Result<Fd> open_chain(const Store &store, const std::string &path)
{
    auto chain = kernel::openat(store.chains(), path, kDirectory);
    if (!chain && chain.error().err() == ENOENT) {
        return Error::damaged(str("what the layers of chain ", path, " need is not in the store"))
            .hint("layerctl fsck --repair");
    }
    return chain;
}

Result<Fd> open_flat(const Store &store, const std::string &name)
{
    return open_chain(store, str(name, "/", layer::kFilesDirectory));
}

}  // namespace

Digest chain_id(const std::vector<Digest> &diff_ids)
{
    if (diff_ids.empty()) {
        return Digest::of(std::string_view());
    }
    Digest out = diff_ids.front();
    for (std::size_t i = 1; i < diff_ids.size(); ++i) {
        out = Digest::of(std::string_view(str(out.text(), " ", diff_ids[i].text())));
    }
    return out;
}

Result<std::vector<SeenLayer>> seen_layers(const Store &store, const std::vector<Digest> &diff_ids,
                                           const StagedLayer &staged)
{
    std::vector<SeenLayer> out;
    std::set<Digest> known;
    for (std::size_t i = diff_ids.size(); i-- > 0;) {
        if (!known.insert(diff_ids[i]).second) {
            continue;
        }
        TRY_LET(layer, seen(store, diff_ids[i], staged));
        const bool last = layer.notes.hides_all;
        out.push_back(std::move(layer));
        if (last) {
            break;
        }
    }
    return out;
}

Result<std::vector<SeenLayer>> seen_layers(const Store &store, const std::vector<Digest> &diff_ids)
{
    return seen_layers(store, diff_ids, [](const Digest &) { return std::optional<FdRef>(); });
}

Result<std::vector<Fd>> lowerdirs(const Store &store, const std::vector<Digest> &diff_ids)
{
    TRY_LET(directory, open_chain(store, directory_name(chain_id(diff_ids))));
    std::vector<Fd> out;
    auto mended = kernel::openat(directory, layer::kFilesDirectory, kDirectory);
    if (mended) {
        out.push_back(std::move(mended).take());
    } else if (mended.error().err() != ENOENT) {
        return std::move(mended).error();
    }
    TRY_LET(layers, seen_layers(store, diff_ids));
    const std::span<const SeenLayer> lowest = std::span(layers).last(flattened(layers.size()));
    for (SeenLayer &layer : std::span(layers).first(layers.size() - lowest.size())) {
        out.push_back(std::move(layer.files));
    }
    if (!lowest.empty()) {
        TRY_LET(flat, open_flat(store, flat_name(lowest)));
        out.push_back(std::move(flat));
    }
    return out;
}

}  // namespace rt::store
