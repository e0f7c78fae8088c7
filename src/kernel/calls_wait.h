// SPDX-License-Identifier: Apache-2.0
//
// Waiting for descriptors, and descriptors to wait for.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <span>

#include "base/fd.h"
#include "base/result.h"

namespace rt::kernel {

/// poll(2) without limit; the answers are in `revents`.
Status poll(std::span<pollfd> waiting);

/// poll(2) for `timeout_ms` at most; false: nothing happened.  A signal does not make it longer.
Result<bool> poll(std::span<pollfd> waiting, int timeout_ms);

/// timerfd_create(2) of CLOCK_MONOTONIC: readable every `interval`, for the first time when it has passed.
Result<Fd> timerfd_every(std::chrono::nanoseconds interval);
/// eventfd(2), empty.
Result<Fd> eventfd();
/// What has come together in a timerfd or an eventfd since it was asked last; 0: nothing.  Does not wait.
Result<std::uint64_t> take_count(FdRef fd);

/// Sleeps until all that is in `pipe` has been read (FIONREAD of pipe(7)), for `at_most`; false: some has not
/// been. What is no pipe is taken for read.
bool wait_read(FdRef pipe, std::chrono::milliseconds at_most);

}  // namespace rt::kernel
