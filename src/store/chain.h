// SPDX-License-Identifier: Apache-2.0
//
// What the layers of an image need to be shown as one tree, beyond lying on each other.  Layers are unpacked
// without knowing what lies below; so a small layer above all of them mends what only all of them show:
// directories that a layer has without saying anything of them keep the attributes they have below, hard
// links to files of other layers are made, and what hides nothing is not seen.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "layer/layer_notes.h"
#include "store/store.h"

namespace rt::store {

/// image-spec, config.md, "Layer ChainID".
Digest chain_id(const std::vector<Digest> &diff_ids);

/// A layer that is to be seen.
struct SeenLayer {
    Digest diff_id;
    Fd files;
    layer::LayerNotes notes;
};

/// The directory of a layer that is not in the store yet, if it is one that is to come.
using StagedLayer = std::function<std::optional<FdRef>(const Digest &diff_id)>;

/// Of an image's layers those that are to be seen, from the top: of one that comes twice the upper, and
/// nothing below one that hides all.
Result<std::vector<SeenLayer>> seen_layers(const Store &store, const std::vector<Digest> &diff_ids,
                                           const StagedLayer &staged);

/// The same, of layers that are all in the store.
Result<std::vector<SeenLayer>> seen_layers(const Store &store, const std::vector<Digest> &diff_ids);

/// Makes in `directory`, which is empty, the mending layer "fs"; or nothing, if nothing is to be mended.
Status mend(FdRef directory, const std::vector<SeenLayer> &layers);

/// The lowerdirs of an image of these layers, the topmost first: with one more there are not too many for
/// overlayfs.
Result<std::vector<Fd>> lowerdirs(const Store &store, const std::vector<Digest> &diff_ids);

}  // namespace rt::store
