// SPDX-License-Identifier: Apache-2.0
#include "base/side_by_side.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <vector>

namespace rt {
namespace {

constexpr std::size_t kMaxThreads = 16;

std::size_t processors()
{
    cpu_set_t ours;
    return ::sched_getaffinity(0, sizeof ours, &ours) == 0 ? static_cast<std::size_t>(CPU_COUNT(&ours)) : 1;
}

struct Round {
    const std::size_t count;
    const std::function<void(std::size_t)> &work;
    std::atomic<std::size_t> next = 0;

    void take_part()
    {
        for (std::size_t i = next++; i < count; i = next++) {
            work(i);
        }
    }
};

void *take_part(void *round)
{
    ::unshare(CLONE_FILES);  // fails: the table is shared, and locked for each open(2)
    static_cast<Round *>(round)->take_part();
    return nullptr;
}

}  // namespace

void side_by_side(std::size_t count, std::size_t share, const std::function<void(std::size_t)> &work)
{
    Round round = {.count = count, .work = work};
    const std::size_t useful = std::min(kMaxThreads, count / std::max<std::size_t>(share, 1));
    const std::size_t threads = useful > 1 ? std::min(useful, processors()) : 1;
    std::vector<pthread_t> others;
    for (pthread_t other = {}; others.size() + 1 < threads;) {
        if (::pthread_create(&other, nullptr, take_part, &round) != 0) {
            break;
        }
        others.push_back(other);
    }
    round.take_part();
    for (const pthread_t other : others) {
        ::pthread_join(other, nullptr);
    }
}

}  // namespace rt
