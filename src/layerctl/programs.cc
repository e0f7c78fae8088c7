// SPDX-License-Identifier: Apache-2.0
#include "layerctl/programs.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::layerctl {

std::optional<std::string> in_path(const std::string &name)
{
    const char *path = ::secure_getenv("PATH");
    for (std::string_view rest = path != nullptr ? path : ""; !rest.empty();) {
        const std::string_view directory = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
        std::string candidate = str(directory, "/", name);
        if (directory.starts_with('/') && kernel::faccessat(kernel::kCwd, candidate, X_OK)) {
            return candidate;
        }
    }
    return std::nullopt;
}

}  // namespace rt::layerctl
