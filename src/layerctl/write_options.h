// SPDX-License-Identifier: Apache-2.0
//
// What all commands have that write archives.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "layerctl/command.h"
#include "pack/packing.h"

namespace rt::layerctl {

/// --compress.
Result<pack::Packing> packing(const Arguments &arguments, pack::Packing absent);

/// SOURCE_DATE_EPOCH of the environment: no time is later (reproducible-builds.org).
Result<std::optional<std::int64_t>> newest_time();

}  // namespace rt::layerctl
