// SPDX-License-Identifier: Apache-2.0
#include "container/descriptor_room.h"

#include <algorithm>

#include "kernel/calls_process.h"

namespace rt::container {

DescriptorRoom::DescriptorRoom(std::size_t wanted)
{
    if (wanted == 0) {
        return;
    }
    const auto own = kernel::prlimit(0, RLIMIT_NOFILE);
    if (!own) {
        return;
    }
    const rlim_t enough = wanted + 2 * kNeeded;
    most_ = own->rlim_cur;
    for (const rlim_t most : {enough, own->rlim_max}) {
        const rlimit raised{most, std::max(most, own->rlim_max)};
        if (most_ < enough && most > most_ && kernel::prlimit(0, RLIMIT_NOFILE, raised)) {
            most_ = most;
            before_ = *own;
        }
    }
}

DescriptorRoom::~DescriptorRoom()
{
    if (before_) {
        (void)kernel::prlimit(0, RLIMIT_NOFILE, *before_);
    }
}

}  // namespace rt::container
