// SPDX-License-Identifier: Apache-2.0
//
// All that is known, checked and decided of a restore before anything is done.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "container/bundle.h"
#include "container/checkpoint.h"
#include "container/checkpoint_image.h"
#include "container/externals.h"
#include "criu/messages.h"

namespace rt::container {

inline constexpr const char *kRestoreLog = "restore.log";

struct RestorePlans {
    Bundle bundle;
    CheckpointDirs dirs;
    Externals externals;
    std::vector<Fd> inherited;  ///< by CRIU: what takes the place of something of the host
    criu::Options told;
};

/// Refuses a directory without a checkpoint, a bundle that `create` would refuse, and a terminal that nobody
/// holds.
Result<RestorePlans> plan_restore(const RestoreOptions &options, FdRef procfs);

}  // namespace rt::container
