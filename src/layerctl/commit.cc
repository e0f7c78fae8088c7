// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <span>
#include <utility>
#include <vector>

#include "base/str.h"
#include "layerctl/command.h"
#include "layerctl/image_options.h"
#include "layerctl/output.h"
#include "layerctl/progress.h"
#include "layerctl/store_options.h"
#include "layerctl/stored.h"
#include "layerctl/temporary.h"
#include "layerctl/tree_argument.h"
#include "layerctl/write_options.h"
#include "pack/changes.h"
#include "pack/image_edit.h"
#include "pack/layer_spool.h"
#include "pack/pack_changes.h"
#include "store/import.h"

namespace rt::layerctl {
namespace {

/// RFC 3339, as the image specification has times.
std::string in_rfc3339(std::int64_t seconds)
{
    const time_t time = seconds;
    struct tm parts = {};
    ::gmtime_r(&time, &parts);
    char text[64] = "";
    ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

// spec: ImageVolumesNotCommitted
/// "Volumes ... SHOULD NOT" be in the image (image-spec, conversion.md), unless that is what is wanted.
Result<std::vector<pack::Change>> changes_of(const layer::Image &image, const pack::MergedDirectory &before,
                                             const pack::MergedDirectory &after, const Arguments &arguments)
{
    TRY_LET(all, pack::changes(&before, after));
    if (arguments.on("include-volumes")) {
        return all;
    }
    TRY_LET(config, layer::read_image_config(image.config, "config"));
    return pack::without(std::move(all), config.volumes);
}

Result<pack::WrittenLayer> spooled_layer(const pack::MergedDirectory &after,
                                         std::span<const pack::Change> all, pack::Packing packing,
                                         std::optional<std::int64_t> newest)
{
    TRY_LET(spool, pack::LayerSpool::begin(temporary_above(), packing));
    pack::TarWriter tar(spool->sink(), newest);
    TRY(pack::pack_changes(after, all, tar));
    TRY(tar.finish());
    return spool->take();
}

/// What is to be made an image, and of which.
struct Work {
    OpenedImage base;
    TreeArgument before, after;
};

/// A tree, and the image that it is of.
Result<Work> tree_and_image(const Arguments &arguments)
{
    TRY_LET(base, open_image(arguments, 1));
    TRY(pack::complete(base.image));
    TRY_LET(after, open_tree(arguments, 0));
    TRY_LET(before, unpack_tree(base));
    return Work{std::move(base), std::move(before), std::move(after)};
}

/// A container of the store.
Result<Work> container(const Arguments &arguments)
{
    TRY_LET(limits, limits_of(arguments));
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    TRY_LET(container, store::find_container(store, arguments.positionals[0]));
    TRY_LET(image, stored_image(store, container.manifest, ""));
    TRY_LET(trees, container_trees(store, container));
    return Work{{std::move(image), limits},
                {std::move(trees.before), std::nullopt},
                {std::move(trees.after), std::nullopt}};
}

/// Into the store, or where image_target() says.
struct Place {
    std::string name;  ///< in the store, or ""
    ImageTarget target;
};
Result<Place> place_of(const std::string &text)
{
    auto target = image_target(text);
    if (target || !store::Store::check_name(text)) {
        TRY_LET(found, std::move(target));
        return Place{"", std::move(found)};
    }
    return Place{text, {}};
}

Result<std::vector<pack::ConfigChange>> changes_asked(const Arguments &arguments)
{
    std::vector<pack::ConfigChange> out;
    for (const std::string &text : arguments.values("change")) {
        TRY_LET(change, pack::read_config_change(text).context("--change"));
        out.push_back(std::move(change));
    }
    return out;
}

/// What is to be printed of it.
Result<std::string> put(OpenedImage &image, const Place &place, const Arguments &arguments)
{
    if (place.name.empty()) {
        TRY(write_image(image, place.target, {}, arguments));
        return std::string();
    }
    TRY_LET(store, open_store(arguments, store::Store::Use::kWrite));
    TRY_LET(added,
            store::import_image(store, image.image, place.name, {image.limits, 0, !arguments.on("no-sync")}));
    return added.manifest.text();
}

}  // namespace

Result<int> commit(const Arguments &arguments)
{
    TRY_LET(place, place_of(arguments.positionals.back()));
    TRY_LET(how, packing(arguments,
                         place.target.is_docker_archive() ? pack::Packing::kNone : pack::Packing::kGzip));
    TRY_LET(newest, newest_time());
    TRY_LET(asked, changes_asked(arguments));
    TRY_LET(work, arguments.positionals.size() > 2 ? tree_and_image(arguments) : container(arguments));
    const pack::MergedDirectory &after = work.after.tree;
    TRY_LET(all, changes_of(work.base.image, work.before.tree, after, arguments));
    TRY_LET(progress, Progress::start(arguments));
    TRY_LET(layer, spooled_layer(after, all, how, newest));
    const pack::History history = {in_rfc3339(newest.value_or(::time(nullptr))), arguments.value("author"),
                                   arguments.value("message"), "layerctl commit"};
    TRY(pack::add_layer(work.base.image, std::move(layer), history, asked));
    TRY_LET(said, put(work.base, place, arguments));
    progress.reset();
    if (!said.empty()) {
        TRY(print_one(arguments, "digest", said));
    }
    return kDone;
}

}  // namespace rt::layerctl
