// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

namespace rt::layer {

/// From now on only system calls that read, make and describe files, and manage memory; any other ends the
/// process. Needs no_new_privs or CAP_SYS_ADMIN.
Status allow_files_only();

}  // namespace rt::layer
