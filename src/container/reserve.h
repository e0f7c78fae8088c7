// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <utility>

#include "base/fd.h"
#include "base/result.h"
#include "kernel/calls_fs.h"

namespace rt::container {

/// Descriptors for undo(), which what fails for the want of one could not do without.
using Reserve = std::array<Fd, 8>;

inline Result<Reserve> set_aside(FdRef any)
{
    Reserve reserve;
    for (Fd &fd : reserve) {
        TRY_LET(copy, kernel::dup(any));
        fd = std::move(copy);
    }
    return reserve;
}

}  // namespace rt::container
