// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <optional>

#include "base/fd.h"

namespace rt::container {

/// While this lives, RLIMIT_NOFILE of ours lets `wanted` more descriptors be open, or as many as it can be
/// made to.
class DescriptorRoom {
public:
    explicit DescriptorRoom(std::size_t wanted);
    DescriptorRoom(const DescriptorRoom &) = delete;
    DescriptorRoom &operator=(const DescriptorRoom &) = delete;
    ~DescriptorRoom();  ///< puts ours back

    /// What ours was, where it was changed.
    const std::optional<rlimit> &before() const { return before_; }
    /// Whether there is room behind `fd`, the last that was opened, for what cannot be done without.
    bool goes_on_after(FdRef fd) const { return static_cast<rlim_t>(fd.get()) + kNeeded < most_; }

private:
    static constexpr rlim_t kNeeded = 64;

    rlim_t most_ = RLIM_INFINITY;
    std::optional<rlimit> before_;
};

}  // namespace rt::container
