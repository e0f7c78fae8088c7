// SPDX-License-Identifier: Apache-2.0
//
// tag and rm: the names of images.
#include "layerctl/command.h"
#include "layerctl/store_options.h"

namespace rt::layerctl {

Result<int> tag(const Arguments &arguments)
{
    const std::string &name = arguments.positionals[1];
    TRY(store::Store::check_name(name));
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    TRY_LET(image, store.find_image(arguments.positionals[0]));
    image.name = name;
    TRY(store.put_image(image));
    return kDone;
}

Result<int> rm(const Arguments &arguments)
{
    TRY_LET(store, open_store(arguments, store::Store::Use::kRead));
    for (const std::string &name : arguments.positionals) {  // all of them, or none
        TRY(store.find_image(name));
    }
    for (const std::string &name : arguments.positionals) {
        TRY_LET(image, store.find_image(name));
        TRY(store.remove_image(image.name));
    }
    return kDone;
}

}  // namespace rt::layerctl
