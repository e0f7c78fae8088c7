// SPDX-License-Identifier: Apache-2.0
//
// What all commands have that write archives.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "layerctl/command.h"
#include "pack/changes.h"
#include "pack/packing.h"
#include "pack/stack.h"

namespace rt::layerctl {

/// --compress.
Result<pack::Packing> packing(const Arguments &arguments, pack::Packing absent);

/// SOURCE_DATE_EPOCH of the environment: no time is later (reproducible-builds.org).
Result<std::optional<std::int64_t>> newest_time();

/// Where a layer goes, and how.
struct LayerFile {
    std::string path;
    pack::Packing packing;
    std::optional<std::int64_t> newest;
    bool durable;
};
/// The changes that lead to `after` as a layer in a new file.
Status write_layer(const pack::MergedDirectory &after, std::span<const pack::Change> changes,
                   const LayerFile &file);

}  // namespace rt::layerctl
