// SPDX-License-Identifier: Apache-2.0
#include "store/more_descriptors.h"

#include "kernel/calls_process.h"

namespace rt::store {

MoreDescriptors::MoreDescriptors()
{
    const auto now = kernel::prlimit(0, RLIMIT_NOFILE);
    if (now && kernel::prlimit(0, RLIMIT_NOFILE, rlimit{now->rlim_max, now->rlim_max})) {
        before_ = *now;
    }
}

MoreDescriptors::~MoreDescriptors()
{
    if (before_) {
        (void)kernel::prlimit(0, RLIMIT_NOFILE, *before_);
    }
}

}  // namespace rt::store
