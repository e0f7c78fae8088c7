// SPDX-License-Identifier: Apache-2.0
//
// The filter.  From the moment it is there any system call of this thread may wait for an answer, the very
// one by which the listener would get to who answers.  So a second thread hands it over, which the filter
// does not hold for, and this one looks on without a system call.
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

#include "init/ops.h"

namespace rt::init::ops {
namespace {

constexpr int kNotYet = INT32_MAX;

/// What the two threads have in common.
struct Handover {
    int lives = 1;  ///< the kernel's word: 0 once the second thread, which runs on `stack`, is gone
    int listener = kNotYet;
    Context *context;
    alignas(16) char stack[4096];
};

/// The second thread.
void hand_over(void *shared)
{
    auto &handover = *static_cast<Handover *>(shared);
    Context &c = *handover.context;
    Record r = {};
    while ((r.fd = __atomic_load_n(&handover.listener, __ATOMIC_ACQUIRE)) == kNotYet) {
        c.sys(__NR_sched_yield);
    }
    if (r.fd >= 0) {
        r.a = static_cast<uint64_t>(Msg::kListener);
        int err = tell(c, r);
        r.a = static_cast<uint64_t>(Msg::kListening);
        err = err < 0 ? err : await(c, r);
        if (err < 0) {
            leave(c, 1);
        }
    }
    for (;;) {
        c.sys(__NR_exit, 0);
    }
}

}  // namespace

// spec: SeccompNotifyAny
int seccomp(Context &c, const Record &r)
{
    const sock_fprog program = {.len = static_cast<unsigned short>(r.n),
                                .filter = reinterpret_cast<sock_filter *>(c.base + r.s1)};
    Handover handover;
    const bool listens = (r.a & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
    if (listens) {
        handover.context = &c;
        const long second = raw::thread(handover.stack + sizeof(handover.stack), &handover, hand_over);
        if (second < 0) {
            return c.refuse(__NR_clone, static_cast<int>(-second));
        }
        // A real-time thread that looks on would keep the only processor from its like, but not from these.
        const int priority = 0;
        c.sys(__NR_sched_setscheduler, second, SCHED_NORMAL, &priority);
    }
    const int answer = c.sys(__NR_seccomp, SECCOMP_SET_MODE_FILTER, r.a, &program);
    if (listens) {
        __atomic_store_n(&handover.listener, answer, __ATOMIC_RELEASE);
        while (__atomic_load_n(&handover.lives, __ATOMIC_ACQUIRE) != 0) {
        }
    }
    return answer;
}

}  // namespace rt::init::ops
