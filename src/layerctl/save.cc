// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "layerctl/command.h"
#include "layerctl/image_options.h"
#include "layerctl/progress.h"
#include "layerctl/write_options.h"
#include "pack/image_edit.h"

namespace rt::layerctl {

Result<int> save(const Arguments &arguments)
{
    TRY_LET(target, image_target(arguments.positionals[1]));
    std::optional<pack::Packing> how;
    if (arguments.has("compress")) {
        TRY_LET(asked, packing(arguments, pack::Packing::kNone));
        how = asked;
    }
    TRY_LET(opened, open_image(arguments, 0, layer::Purpose::kCopy));
    TRY(pack::complete(opened.image));
    TRY_LET(progress, Progress::start(arguments));
    TRY(write_image(opened, target, how, arguments));
    return kDone;
}

}  // namespace rt::layerctl
