// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace rt::store {

/// The bytes on disk of `name` in `parent` and all below it, each file once.
Result<std::uint64_t> disk_usage(FdRef parent, const std::string &name);

}  // namespace rt::store
