// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "store/merged.h"

namespace rt::store {

/// Gives the directory or file `to` owner, mode, attributes and time of `from`.
Status copy_attributes(FdRef from, FdRef to);

/// What is at `from`, which is no directory, as `name` in `parent`.
Status copy_file(const Place &from, FdRef parent, const std::string &name);

}  // namespace rt::store
