// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "pack/stack.h"

namespace rt::pack {

struct Change {
    enum class Kind : char { kAdded = 'A', kChanged = 'C', kDeleted = 'D' };
    Kind kind;
    std::string path;  ///< "" is the root
};

/// What makes `after` of `before`; all of it is added when `before` is null.  In the order of a walk:
/// directories above what is in them, names sorted.  A directory is changed as well when something below it
/// is.  Names of one file are changed as well when its other names are.
Result<std::vector<Change>> changes(const MergedDirectory *before, const MergedDirectory &after);

/// Without what is below the directories `paths` ("/var/lib/x"), and those of them that are added.
std::vector<Change> without(std::vector<Change> changes, std::span<const std::string> paths);

}  // namespace rt::pack
