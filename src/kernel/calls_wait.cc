// SPDX-License-Identifier: Apache-2.0
#include "kernel/calls_wait.h"

#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/str.h"
#include "kernel/retry.h"

namespace rt::kernel {

Status poll(std::span<pollfd> waiting)
{
    if (retry([&] { return ::poll(waiting.data(), waiting.size(), -1); }) == -1) {
        return Error::kernel(errno, "poll()");
    }
    return {};
}

Result<bool> poll(std::span<pollfd> waiting, int timeout_ms)
{
    using std::chrono::steady_clock, std::chrono::milliseconds;
    const auto end = steady_clock::now() + milliseconds(timeout_ms);
    for (int left = timeout_ms;;
         left = static_cast<int>(
             std::max<std::int64_t>(std::chrono::ceil<milliseconds>(end - steady_clock::now()).count(), 0))) {
        const int ready = ::poll(waiting.data(), waiting.size(), left);
        if (ready >= 0) {
            return ready > 0;
        }
        if (errno != EINTR) {
            return Error::kernel(errno, "poll()");
        }
    }
}

Result<Fd> timerfd_every(std::chrono::nanoseconds interval)
{
    Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer.open()) {
        return Error::kernel(errno, "timerfd_create()");
    }
    const auto seconds = std::chrono::floor<std::chrono::seconds>(interval);
    const timespec time{seconds.count(), (interval - seconds).count()};
    const itimerspec every{time, time};
    if (::timerfd_settime(timer.get(), 0, &every, nullptr) == -1) {
        return Error::kernel(errno, str("timerfd_settime(", interval.count(), ")"));
    }
    return timer;
}

Result<Fd> eventfd()
{
    Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!event.open()) {
        return Error::kernel(errno, "eventfd()");
    }
    return event;
}

Result<std::uint64_t> take_count(FdRef fd)
{
    std::uint64_t count = 0;
    if (retry([&] { return ::read(fd.get(), &count, sizeof(count)); }) == -1 && errno != EAGAIN) {
        return Error::kernel(errno, str("read(", fd.get(), ")"));
    }
    return count;
}

bool wait_read(FdRef pipe, std::chrono::milliseconds at_most)
{
    using Clock = std::chrono::steady_clock;
    constexpr timespec kPause{0, 100'000};
    struct stat kind {};
    if (::fstat(pipe.get(), &kind) == -1 || !S_ISFIFO(kind.st_mode)) {
        return true;
    }
    const auto end = Clock::now() + at_most;
    for (;;) {
        int unread = 0;
        if (::ioctl(pipe.get(), FIONREAD, &unread) == -1 || unread == 0) {
            return true;
        }
        if (Clock::now() >= end) {
            return false;
        }
        ::nanosleep(&kPause, nullptr);
    }
}

}  // namespace rt::kernel
