// SPDX-License-Identifier: Apache-2.0
//
// The layers of an image on their way into a store.
#pragma once

#include <list>
#include <optional>
#include <vector>

#include "layer/image.h"
#include "layer/layer_notes.h"
#include "layer/room.h"
#include "store/import.h"
#include "store/staging.h"
#include "store/store.h"

namespace rt::store {

/// Of each layer what the store knows when all is done.
struct KnownLayer {
    Digest digest, diff_id;
    std::uint64_t size = 0;  ///< of the blob
};

/// Unpacks what of an image's layers is not there yet: several at a time, each in a confined child.  Nothing
/// of it can be seen until commit().
class LayerJobs {
public:
    static Result<LayerJobs> run(const Store &store, const layer::Image &image, const ImportOptions &options);

    /// One for each layer of the image.
    const std::vector<KnownLayer> &layers() const { return known_; }
    /// The directory of a layer that is to come, or nothing: then the store has it.
    std::optional<FdRef> staged(const Digest &diff_id) const;
    /// Gives blobs and layers their names.  They have been written back.
    Status commit(const Store &store);

private:
    struct Job {
        std::size_t layer;  ///< the first of the image's that it is for
        bool files;         ///< the layer is not there
        Staging staging;
        Fd copy;  ///< the blob, without a name, when it is not there
        std::optional<layer::LayerNotes> notes;
    };

    struct Running {
        Job *job;
        layer::Confinement child;
    };

    LayerJobs(const Store &store, const layer::Image &image) : store_(store), image_(image) {}
    Status plan();
    layer::Need need() const;
    layer::Need need_together() const;
    Result<std::optional<KnownLayer>> settled(const layer::Image::Layer &layer) const;
    Status add(std::size_t layer);
    bool makes(const Digest &diff_id) const;
    std::vector<Job *> queue();
    static Result<std::list<Running>::iterator> next_to_end(std::list<Running> &running);
    Status work(std::size_t at_a_time, const layer::UnpackLimits &limits);
    Status finish(Job &job, layer::Confinement &child) const;

    const Store &store_;
    const layer::Image &image_;
    std::vector<std::size_t> same_as_;  ///< of each layer the first that is the same
    std::vector<std::optional<KnownLayer>> found_;
    std::vector<Job> jobs_;
    std::vector<KnownLayer> known_;
};

}  // namespace rt::store
