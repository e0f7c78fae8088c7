// SPDX-License-Identifier: Apache-2.0
#include "layerctl/descriptor_limit.h"

#include <sys/resource.h>

#include <optional>

#include "kernel/calls_process.h"

namespace rt::layerctl {
namespace {

std::optional<rlimit> before;

}  // namespace

void raise_descriptor_limit()
{
    const auto now = kernel::prlimit(0, RLIMIT_NOFILE);
    if (now && kernel::prlimit(0, RLIMIT_NOFILE, rlimit{now->rlim_max, now->rlim_max})) {
        before = *now;
    }
}

void restore_descriptor_limit()
{
    if (before) {
        (void)kernel::prlimit(0, RLIMIT_NOFILE, *before);
    }
}

}  // namespace rt::layerctl
