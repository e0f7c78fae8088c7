// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>

#include <optional>

namespace rt::store {

/// While this lives we may have as many descriptors as we may have at all: an image can have hundreds of
/// layers, each with some.  Afterwards the limit is what our children should get.
class MoreDescriptors {
public:
    MoreDescriptors();
    MoreDescriptors(const MoreDescriptors &) = delete;
    MoreDescriptors &operator=(const MoreDescriptors &) = delete;
    ~MoreDescriptors();

private:
    std::optional<rlimit> before_;
};

}  // namespace rt::store
