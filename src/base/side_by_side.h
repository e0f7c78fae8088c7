// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace rt {

/// Calls work(i) once for each i below `count`, in no order, on as many threads as this process has
/// processors, but on one for every `share` calls at most; a thread that cannot be had is done without.
/// Returns when all calls have.  `work` has to bear being called by several threads at once, and closes what
/// it opens: each thread has descriptors of its own.
void side_by_side(std::size_t count, std::size_t share, const std::function<void(std::size_t)> &work);

}  // namespace rt
