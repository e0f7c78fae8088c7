// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/result.h"
#include "layer/tar_entry.h"
#include "pack/changes.h"
#include "pack/stack.h"
#include "pack/tar_writer.h"

namespace rt::pack {

/// Writes the changes that changes() found as the entries of a layer (image-spec, layer.md, "Representing
/// Changes"): what is deleted as explicit whiteouts, before whatever else is in the same directory; further
/// names of a file as hard links.  Fails when `after` is not what it was any more.
Status pack_changes(const MergedDirectory &after, std::span<const Change> changes, TarWriter &tar);

/// The same for another taker of entries, who is not given the holes of files.
Status pack_changes(const MergedDirectory &after, std::span<const Change> changes, layer::TarSink &to);

}  // namespace rt::pack
