// SPDX-License-Identifier: Apache-2.0
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "base/side_by_side.h"

namespace {

using rt::side_by_side;

TEST(SideBySide, EachIndexIsTakenOnce)
{
    for (const std::size_t count : {0, 1, 7, 1000}) {
        std::vector<std::atomic<int>> taken(count);
        side_by_side(count, 1, [&](std::size_t i) { ++taken[i]; });
        for (const auto &times : taken) {
            EXPECT_EQ(times, 1);
        }
    }
}

std::size_t threads_for(std::size_t count, std::size_t share)
{
    std::mutex mutex;
    std::set<pid_t> seen;
    side_by_side(count, share, [&](std::size_t) {
        const std::lock_guard lock(mutex);
        seen.insert(::gettid());
        ::sched_yield();
    });
    return seen.size();
}

TEST(SideBySide, LittleWorkStaysWithItsCaller) { EXPECT_EQ(threads_for(199, 100), 1U); }

TEST(SideBySide, AsManyThreadsAsProcessors)
{
    cpu_set_t before, one;
    ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &before)) {
        ++cpu;
    }
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(threads_for(10'000, 1), 1U);
    ASSERT_EQ(::sched_setaffinity(0, sizeof before, &before), 0);
    EXPECT_LE(threads_for(10'000, 1), static_cast<std::size_t>(CPU_COUNT(&before)));
}

TEST(SideBySide, OthersHelpTheCaller)
{
    cpu_set_t ours;
    ASSERT_EQ(::sched_getaffinity(0, sizeof ours, &ours), 0);
    if (CPU_COUNT(&ours) < 2) {
        GTEST_SKIP() << "one processor";
    }
    std::atomic<int> inside = 0;
    side_by_side(2, 1, [&](std::size_t) {
        ++inside;
        while (inside < 2) {  // hangs when one thread does it all
            ::sched_yield();
        }
    });
    EXPECT_EQ(inside, 2);
}

}  // namespace
