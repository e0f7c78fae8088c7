// SPDX-License-Identifier: Apache-2.0
//
// The caller's descriptors that go into the container.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace rt::container {

/// The first that can: 0 to 2 always go in.
inline constexpr std::uint32_t kFirstHandedOn = 3;

/// Socket activation (sd_listen_fds(3)): our LISTEN_FDS, if they are meant for us.
std::uint32_t listen_fds();

/// `count` descriptors from kFirstHandedOn on have to be there: a hole would be filled by one of ours.
Status check_open(std::uint64_t count);

}  // namespace rt::container
