// SPDX-License-Identifier: Apache-2.0
#include "layerctl/command.h"
#include "layerctl/progress.h"
#include "layerctl/tree_argument.h"
#include "layerctl/write_options.h"
#include "pack/changes.h"

namespace rt::layerctl {

Result<int> export_tree(const Arguments &arguments)
{
    TRY_LET(how, packing(arguments, pack::Packing::kNone));
    TRY_LET(newest, newest_time());
    TRY_LET(source, open_tree(arguments, 0));
    TRY_LET(progress, Progress::start(arguments));
    TRY_LET(all, pack::changes(nullptr, source.tree));
    TRY(write_layer(source.tree, all, {arguments.positionals[1], how, newest, !arguments.on("no-sync")}));
    return kDone;
}

}  // namespace rt::layerctl
