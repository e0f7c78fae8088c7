// SPDX-License-Identifier: Apache-2.0
#include "store/import.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/calls_tree.h"
#include "layer/confine.h"
#include "pack/image_edit.h"
#include "store/chain.h"
#include "store/flatten.h"
#include "store/layer_jobs.h"
#include "store/staging.h"

namespace rt::store {
namespace {

std::vector<Digest> diff_ids_of(const LayerJobs &jobs)
{
    std::vector<Digest> out;
    for (const KnownLayer &layer : jobs.layers()) {
        out.push_back(layer.diff_id);
    }
    return out;
}

/// How many processors we may use.
unsigned processors()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set)) : 1U;
}

/// The config of a layer that came alone.
std::string new_config(const std::vector<KnownLayer> &layers)
{
    const layer::Platform platform = layer::our_platform();
    json::Writer writer(json::Layout::kCompact);
    writer.begin_object().name("architecture").string(platform.architecture);
    writer.name("os").string(platform.os).name("config").begin_object().end_object();
    writer.name("rootfs").begin_object().name("type").string("layers").name("diff_ids").begin_array();
    for (const KnownLayer &layer : layers) {
        writer.string(layer.diff_id.text());
    }
    writer.end_array().end_object().end_object();
    return std::move(writer).take();
}

/// The documents, durable, after what they speak of.
Result<ImageName> add_documents(const Store &store, const layer::Image &image, const std::string &name,
                                const std::vector<KnownLayer> &layers)
{
    const std::string config = image.config.empty() ? new_config(layers) : image.config;
    std::string manifest = image.manifest;
    std::string type = image.manifest_type;
    if (manifest.empty()) {
        std::vector<pack::LayerBlob> blobs;
        for (std::size_t i = 0; i < layers.size(); ++i) {
            blobs.push_back({image.layers[i].blob, layers[i].digest});
        }
        TRY_LET(made, pack::new_manifest(config, blobs));
        manifest = std::move(made);
        type = pack::kOciManifest;
    }
    TRY(store.add_blob(config));
    TRY_LET(digest, store.add_blob(manifest));
    return ImageName{name, std::move(type), digest, manifest.size()};
}

/// What the lowest layers are together, if it is to be made: by one at a time.
Result<std::optional<Staging>> flat_of(const Store &store, std::span<const SeenLayer> lowest)
{
    if (lowest.empty()) {
        return std::optional<Staging>();
    }
    const std::string name = flat_name(lowest);
    TRY_LET(staging, Staging::wait(store, name));
    if (kernel::faccessat(store.chains(), name, F_OK)) {
        return std::optional<Staging>();
    }
    TRY(flatten(staging.dir(), lowest));
    return std::optional<Staging>(std::move(staging));
}

}  // namespace

Result<ImageName> import_image(const Store &store, const layer::Image &image, const std::string &name,
                               const ImportOptions &options)
{
    TRY(Store::check_name(name));
    TRY(sweep_staging(store));
    ImportOptions with = options;
    with.jobs = std::min<unsigned>(options.jobs == 0 ? processors() : options.jobs, layer::kMostConfined);
    TRY_LET(jobs, LayerJobs::run(store, image, with));
    TRY_LET(chain, Staging::fresh(store));
    const std::vector<Digest> diff_ids = diff_ids_of(jobs);
    TRY_LET(seen, seen_layers(store, diff_ids, [&](const Digest &diff_id) { return jobs.staged(diff_id); }));
    TRY(mend(chain.dir(), seen));
    const auto lowest = std::span(seen).last(flattened(seen.size()));
    TRY_LET(flat, flat_of(store, lowest));
    if (options.durable) {
        TRY(kernel::syncfs(store.root()));
    }
    TRY(jobs.commit(store));
    if (flat) {
        TRY(flat->commit(store.chains(), flat_name(lowest)));
    }
    TRY(chain.commit(store.chains(), directory_name(chain_id(diff_ids))));
    TRY(kernel::fsync(store.chains()));
    TRY_LET(added, add_documents(store, image, name, jobs.layers()));
    TRY(store.put_image(added));
    return added;
}

}  // namespace rt::store
