// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <utility>

#include "base/str.h"
#include "layerctl/command.h"
#include "layerctl/image_options.h"
#include "layerctl/temporary.h"
#include "layerctl/tree_argument.h"
#include "layerctl/write_options.h"
#include "pack/changes.h"
#include "pack/image_edit.h"
#include "pack/layer_spool.h"
#include "pack/pack_changes.h"

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

Result<pack::WrittenLayer> layer_between(const pack::MergedDirectory &before,
                                         const pack::MergedDirectory &after, pack::Packing packing,
                                         std::optional<std::int64_t> newest)
{
    TRY_LET(all, pack::changes(&before, after));
    TRY_LET(spool, pack::LayerSpool::begin(temporary_above(), packing));
    pack::TarWriter tar(spool->sink(), newest);
    TRY(pack::pack_changes(after, all, tar));
    TRY(tar.finish());
    return spool->take();
}

}  // namespace

Result<int> commit(const Arguments &arguments)
{
    TRY_LET(target, image_target(arguments.positionals[2]));
    TRY_LET(how,
            packing(arguments, target.is_docker_archive() ? pack::Packing::kNone : pack::Packing::kGzip));
    TRY_LET(newest, newest_time());
    TRY_LET(opened, open_image(arguments, 1));
    TRY(pack::complete(opened.image));
    TRY_LET(after, open_tree(arguments, 0));
    TRY_LET(before, unpack_tree(opened));
    TRY_LET(layer, layer_between(before.tree, after.tree, how, newest));
    const pack::History history = {in_rfc3339(newest.value_or(::time(nullptr))), arguments.value("author"),
                                   arguments.value("message"), "layerctl commit"};
    TRY(pack::add_layer(opened.image, std::move(layer), history));
    TRY(write_image(opened, target, {}, arguments));
    return kDone;
}

}  // namespace rt::layerctl
