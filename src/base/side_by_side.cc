// SPDX-License-Identifier: Apache-2.0
#include "base/side_by_side.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <memory>

namespace rt {
namespace {

constexpr std::size_t kMaxThreads = 16;

struct Round {
    Round(std::size_t calls, const std::function<void(std::size_t)> &each) : count(calls), work(each) {}

    const std::size_t count;
    const std::function<void(std::size_t)> &work;  // of the caller, who is there until all is done
    cpu_set_t processors = {};
    std::atomic<std::size_t> next = 0, done = 0;

    void take_part()
    {
        for (std::size_t i = next++; i < count; i = next++) {
            work(i);
            if (++done == count) {
                done.notify_all();
            }
        }
    }
};
using Shared = std::shared_ptr<Round>;

void *take_part(void *given)
{
    const std::unique_ptr<Shared> round(static_cast<Shared *>(given));
    ::sched_setaffinity(0, sizeof(cpu_set_t), &(*round)->processors);
    ::unshare(CLONE_FILES);  // fails: the table is shared, and locked for each open(2)
    (*round)->take_part();
    return nullptr;
}

/// On another processor than ours: left alone, the kernel may let it wait for ours while the others idle.
bool start_helper(const Shared &round)
{
    cpu_set_t others = round->processors;
    CPU_CLR(::sched_getcpu(), &others);
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    ::pthread_attr_setaffinity_np(&attributes, sizeof others, &others);
    auto given = std::make_unique<Shared>(round);
    pthread_t thread = {};
    const bool started = ::pthread_create(&thread, &attributes, take_part, given.get()) == 0;
    ::pthread_attr_destroy(&attributes);
    if (started) {
        (void)given.release();
    }
    return started;
}

}  // namespace

void side_by_side(std::size_t count, std::size_t share, const std::function<void(std::size_t)> &work)
{
    const auto round = std::make_shared<Round>(count, work);
    const std::size_t useful = std::min(kMaxThreads, count / std::max<std::size_t>(share, 1));
    if (useful > 1 && ::sched_getaffinity(0, sizeof round->processors, &round->processors) == 0) {
        const auto processors = static_cast<std::size_t>(CPU_COUNT(&round->processors));
        for (std::size_t threads = 1; threads < std::min(useful, processors); ++threads) {
            if (!start_helper(round)) {
                break;
            }
        }
    }
    round->take_part();
    // A helper that has not come to it yet finds nothing left to do, and is not waited for.
    for (std::size_t done = round->done; done < count; done = round->done) {
        round->done.wait(done);
    }
}

}  // namespace rt
