// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/result.h"

namespace rt::layer {

enum class Reach : std::uint8_t {
    kDescriptors,  ///< to read and write those that are open
    kFiles,        ///< and to read, make and describe files
};

/// From now on only system calls for that, and for memory; any other ends the process.  Needs no_new_privs or
/// CAP_SYS_ADMIN.
Status allow_only(Reach reach);

}  // namespace rt::layer
