// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace rt::pack {

/// What is in the directory `from`, and the directory's own attributes, into `to`, an empty directory of
/// which nobody else knows: what an archive of the one would make of the other.  Holes stay holes; no link is
/// followed.
Status copy_tree(FdRef from, FdRef to);

}  // namespace rt::pack
