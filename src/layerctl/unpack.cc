// SPDX-License-Identifier: Apache-2.0
#include "layer/new_directory.h"
#include "layer/unpack_image.h"
#include "layerctl/command.h"
#include "layerctl/image_options.h"
#include "layerctl/progress.h"

namespace rt::layerctl {

Result<int> unpack(const Arguments &arguments)
{
    TRY_LET(opened, open_image(arguments));
    TRY_LET(directory, layer::NewDirectory::begin(arguments.positionals[1]));
    TRY_LET(progress, Progress::start(arguments));
    TRY(layer::unpack_image(opened.image, directory.dir(), opened.limits));
    TRY(directory.commit(!arguments.on("no-sync")));
    return kDone;
}

}  // namespace rt::layerctl
