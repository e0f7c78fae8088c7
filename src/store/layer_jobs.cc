// SPDX-License-Identifier: Apache-2.0
#include "store/layer_jobs.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "kernel/calls_wait.h"
#include "layer/meter.h"
#include "layer/room.h"
#include "layer/unpack_image.h"
#include "store/flatten.h"

namespace rt::store {
namespace {

using ImageLayer = layer::Image::Layer;

bool same(const ImageLayer &a, const ImageLayer &b)
{
    return a.diff_id && a.diff_id == b.diff_id && a.digest == b.digest;
}

}  // namespace

Result<LayerJobs> LayerJobs::run(const Store &store, const layer::Image &image, const ImportOptions &options)
{
    LayerJobs out(store, image);
    TRY(out.plan());
    if (options.limits.check_room) {
        layer::Need need = out.need();
        need += out.need_together();
        TRY(check_room(store.root(), need));
    }
    for (const Job &job : out.jobs_) {
        layer::meter().expected += image.layers[job.layer].blob.size;
    }
    TRY(out.work(std::max(1U, options.jobs), options.limits));
    for (const Job &job : out.jobs_) {
        out.found_[job.layer] = KnownLayer{job.notes->digest, job.notes->diff_id, job.notes->packed};
    }
    for (const std::size_t first : out.same_as_) {
        out.known_.push_back(*out.found_[first]);
    }
    return out;
}

/// Of what is to be made: its blob, and its files in a directory with notes.
layer::Need LayerJobs::need() const
{
    constexpr std::uint64_t kBesideFiles = 3;
    layer::Need out;
    for (const Job &job : jobs_) {
        const layer::Piece &blob = image_.layers[job.layer].blob;
        if (job.copy.open()) {
            out += {blob.size, 1};
        }
        if (job.files) {
            const auto size = layer::said_size(blob);
            out += {size ? *size : 0, kBesideFiles};
        }
    }
    return out;
}

/// Of what the lowest layers are together, when that is to be made: as much as the largest has, since any may
/// replace what others have.
layer::Need LayerJobs::need_together() const
{
    constexpr std::uint64_t kDirectories = 2;
    std::vector<Digest> diff_ids;
    std::vector<std::uint64_t> sizes;
    for (std::size_t i = image_.layers.size(); i-- > 0;) {  // from the top, as seen_layers()
        const ImageLayer &layer = image_.layers[i];
        if (layer.diff_id && std::ranges::find(diff_ids, *layer.diff_id) == diff_ids.end()) {
            const auto size = layer::said_size(layer.blob);
            diff_ids.push_back(*layer.diff_id);
            sizes.push_back(size ? *size : 0);
        }
    }
    const std::size_t count = flattened(diff_ids.size());
    const std::string name = flat_name(std::span(diff_ids).last(count));
    if (count == 0 || kernel::faccessat(store_.chains(), name, F_OK)) {
        return {};
    }
    return {std::ranges::max(std::span(sizes).last(count)), kDirectories};
}

/// Turns are waited for in the order of DiffIDs: two that import the same layers never wait for each other.
Status LayerJobs::plan()
{
    const std::vector<ImageLayer> &layers = image_.layers;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        std::size_t first = 0;
        while (first < i && !same(layers[first], layers[i])) {
            ++first;
        }
        same_as_.push_back(first);
    }
    found_.resize(layers.size());
    std::vector<std::size_t> order(layers.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return layers[i].diff_id; });
    for (const std::size_t i : order) {
        if (same_as_[i] == i) {
            if (Status added = add(i); !added) {
                return std::move(added).error().context(str("layer ", i + 1, " of ", layers.size()));
            }
        }
    }
    return {};
}

/// What is to be known of a layer of which everything is there, and has been seen to belong together.
Result<std::optional<KnownLayer>> LayerJobs::settled(const ImageLayer &layer) const
{
    if (!layer.diff_id || !store_.has_layer(*layer.diff_id)) {
        return std::optional<KnownLayer>();
    }
    TRY_LET(notes, store_.layer_notes(*layer.diff_id));
    if ((layer.digest && *layer.digest != notes.digest) || !store_.has_blob(notes.digest)) {
        return std::optional<KnownLayer>();
    }
    return std::optional<KnownLayer>(KnownLayer{notes.digest, notes.diff_id, notes.packed});
}

bool LayerJobs::makes(const Digest &diff_id) const
{
    return std::ranges::any_of(
        jobs_, [&](const Job &job) { return job.files && image_.layers[job.layer].diff_id == diff_id; });
}

Status LayerJobs::add(std::size_t number)
{
    const ImageLayer &layer = image_.layers[number];
    if (layer.diff_id) {
        TRY(layer.diff_id->check_verifiable());
    }
    TRY_LET(before, settled(layer));
    found_[number] = before;
    if (before) {
        return {};
    }
    bool files = !layer.diff_id || (!store_.has_layer(*layer.diff_id) && !makes(*layer.diff_id));
    TRY_LET(staging, files && layer.diff_id ? Staging::wait(store_, directory_name(*layer.diff_id))
                                            : Staging::fresh(store_));
    if (files && layer.diff_id) {  // somebody may have made it meanwhile
        TRY_LET(now, settled(layer));
        found_[number] = now;
        if (now) {
            return {};
        }
        files = !store_.has_layer(*layer.diff_id);
    }
    Job job{number, files, std::move(staging), Fd(), {}};
    if (!layer.digest || !store_.has_blob(*layer.digest)) {
        TRY_LET(copy, store_.new_blob());
        job.copy = std::move(copy);
    }
    jobs_.push_back(std::move(job));
    return {};
}

/// The largest first: what is left at the end is small.
std::vector<LayerJobs::Job *> LayerJobs::queue()
{
    std::vector<Job *> out;
    for (Job &job : jobs_) {
        out.push_back(&job);
    }
    std::ranges::stable_sort(out, {}, [&](const Job *job) { return image_.layers[job->layer].blob.size; });
    return out;
}

Status LayerJobs::work(std::size_t at_a_time, const layer::UnpackLimits &limits)
{
    std::list<Running> running;
    std::vector<Job *> left = queue();
    while (!left.empty() || !running.empty()) {
        TRY(layer::check_given_up());
        if (!left.empty() && running.size() < at_a_time) {
            Job &job = *left.back();
            left.pop_back();
            const layer::StoredLayer what = {image_.layers[job.layer].packed(), job.copy, job.files};
            TRY_LET(child, layer::start_stored_layer(what, job.staging.dir(), store_.form(), limits));
            running.push_back({&job, std::move(child)});
            continue;
        }
        TRY_LET(ended, next_to_end(running));
        if (Status done = finish(*ended->job, ended->child); !done) {
            return std::move(done).error().context(
                str("layer ", ended->job->layer + 1, " of ", image_.layers.size()));
        }
        running.erase(ended);
    }
    return {};
}

Result<std::list<LayerJobs::Running>::iterator> LayerJobs::next_to_end(std::list<Running> &running)
{
    std::vector<pollfd> news;
    for (const Running &one : running) {
        news.push_back({one.child.news().get(), POLLIN, 0});
    }
    TRY(kernel::poll(news));
    const auto ended = std::ranges::find_if(news, [](const pollfd &one) { return one.revents != 0; });
    return std::next(running.begin(), ended - news.begin());
}

Status LayerJobs::finish(Job &job, layer::Confinement &child) const
{
    TRY_LET(left_out, layer::finish_stored_layer(child));
    left_out.tell(job.layer + 1, image_.layers.size());
    constexpr std::size_t kMost = 1U << 30;
    TRY_LET(text, kernel::read_file(job.staging.dir(), layer::kNotesFile, kMost));
    TRY_LET(notes, layer::read_layer_notes(text));
    job.notes = std::move(notes);
    return {};
}

std::optional<FdRef> LayerJobs::staged(const Digest &diff_id) const
{
    const auto job = std::ranges::find_if(
        jobs_, [&](const Job &one) { return one.files && one.notes->diff_id == diff_id; });
    return job == jobs_.end() ? std::optional<FdRef>() : job->staging.dir();
}

Status LayerJobs::commit(const Store &store)
{
    for (const Job &job : jobs_) {
        if (job.copy.open()) {
            TRY(store.name_blob(job.copy, job.notes->digest));
        }
    }
    TRY(store.sync_blobs());
    for (Job &job : jobs_) {
        if (job.files) {
            TRY(job.staging.commit(store.layers(), directory_name(job.notes->diff_id)));
        }
    }
    return kernel::fsync(store.layers());
}

}  // namespace rt::store
