// SPDX-License-Identifier: Apache-2.0
#include "oci/features.h"

#include <unistd.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/version.h"
#include "kernel/calls_fs.h"

namespace rt::cli {

// spec: CliFeatures
Result<int> features(const Globals & /*globals*/, const Arguments & /*arguments*/)
{
    TRY(kernel::write_all(FdRef(STDOUT_FILENO), oci::features({kVersion, kCommit, libseccomp_version()})));
    return 0;
}

}  // namespace rt::cli
