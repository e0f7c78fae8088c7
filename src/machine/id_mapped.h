// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine/finding.h"

namespace rt::machine {

/// Which of the file systems that are mounted can be mounted again with other ids; tried with detached copies
/// of mounts, which nobody sees.
Finding id_mapped_mounts();

}  // namespace rt::machine
