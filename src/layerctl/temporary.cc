// SPDX-License-Identifier: Apache-2.0
#include "layerctl/temporary.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::layerctl {

std::string temporary_above()
{
    const char *given = ::secure_getenv("TMPDIR");
    return given != nullptr ? given : "/var/tmp";
}

Result<layer::NewDirectory> temporary(const std::string &name)
{
    constexpr int kMost = 10'000;
    const std::string above = temporary_above();
    for (int i = 0; i < kMost; ++i) {  // the first that nobody has locked
        auto directory = layer::NewDirectory::begin(str(above, "/", name, "-", i));
        const int err = directory ? 0 : directory.error().err();
        const bool taken =
            !directory && (directory.error().blame() == Blame::kState || err == EACCES || err == EPERM);
        if (!taken || (i == 0 && !kernel::faccessat(kernel::kCwd, above, W_OK))) {
            return directory;
        }
    }
    return Error::state(str("there are ", kMost, " of us in ", json::quote(above)));
}

}  // namespace rt::layerctl
