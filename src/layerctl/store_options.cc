// SPDX-License-Identifier: Apache-2.0
#include "layerctl/store_options.h"

namespace rt::layerctl {

Result<store::Store> open_store(const Arguments &arguments, store::Store::Use use)
{
    return store::Store::open(arguments.value("root", "/var/lib/layerctl"), use);
}

}  // namespace rt::layerctl
