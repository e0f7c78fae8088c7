// SPDX-License-Identifier: Apache-2.0
//
// Whether there is room for what is about to be unpacked, as far as that can be known before.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"
#include "layer/file_source.h"

namespace rt::layer {

/// The bytes that come out of a layer, as far as its blob says without being unpacked: those of the last of
/// gzip's members modulo 4 GiB, of the first of zstd's frames if it says so.  0: it says nothing.
Result<std::uint64_t> said_size(const Piece &blob);

struct Need {
    std::uint64_t bytes = 0, inodes = 0;

    /// No sum is less than what it is of.
    Need &operator+=(const Need &more);
};

/// ENOSPC, if the file system of `directory` (statfs(2)) has less than that for root.  One that does not say
/// what it has, has enough.
Status check_room(FdRef directory, const Need &need);

}  // namespace rt::layer
