// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::layer {

struct ImageUser {
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> additional_gids;
};

/// Who "User" of an image's config is (image-spec, config.md and conversion.md): "", "USER", "USER:GROUP",
/// names or numbers. Names are looked for in /etc/passwd and /etc/group below `root`, which is / to links in
/// it; numbers are taken as they are, and are never names.  The groups of a user that is named count unless a
/// group is given.
Result<ImageUser> resolve_user(std::string_view user, FdRef root);

}  // namespace rt::layer
