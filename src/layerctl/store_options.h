// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "layerctl/command.h"
#include "store/store.h"

namespace rt::layerctl {

/// The store of --root.
Result<store::Store> open_store(const Arguments &arguments, store::Store::Use use);

}  // namespace rt::layerctl
