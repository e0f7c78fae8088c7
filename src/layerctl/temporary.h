// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "layer/new_directory.h"

namespace rt::layerctl {

/// $TMPDIR, or /var/tmp.
std::string temporary_above();

/// A directory for us alone, gone when we are; NAME is for whoever finds it.  What one who was killed has
/// left in it goes first.
Result<layer::NewDirectory> temporary(const std::string &name);

}  // namespace rt::layerctl
