// SPDX-License-Identifier: Apache-2.0
//
// From here on privileges only shrink.
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/resource.h>

#include "init/ops.h"

namespace rt::init::ops {

// spec: PosixProcRlimitsSoftMatchCur, PosixProcRlimitsHardMatchMax
int rlimit(Context &c, const Record &r)
{
    const bool raise_only = (r.flags & kRaiseOnly) != 0;
    if (raise_only) {
        uint64_t now[2] = {};
        const int err = c.sys(__NR_prlimit64, 0, r.a, 0, now);
        if (err < 0 || now[1] >= r.c) {
            return err;
        }
        const uint64_t raised[2] = {now[0], r.c};
        c.raised_nofile = c.raised_nofile && r.a != RLIMIT_NOFILE;
        return c.sys(__NR_prlimit64, 0, r.a, raised, 0);
    }
    c.raised_nofile = c.raised_nofile && r.a != RLIMIT_NOFILE;
    const uint64_t limit[2] = {r.b, r.c};
    return c.sys(__NR_prlimit64, 0, r.a, limit, 0);
}

int bounding_drop(Context &c, const Record &r)
{
    for (uint32_t cap = 0; cap < 64; ++cap) {
        if ((r.a >> cap & 1) != 0) {
            continue;
        }
        const int err = c.sys(__NR_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
        if (err == -EINVAL) {
            return 0;  // the kernel knows no more of them
        }
        if (err < 0 && c.sys(__NR_prctl, PR_CAPBSET_READ, cap, 0, 0, 0) != 0) {
            return err;
        }
    }
    return 0;
}

int ids(Context &c, const Record &r)
{
    c.sys(__NR_umask, r.c == kNoUmask ? c.umask : r.c);
    int err = c.sys(__NR_setresgid, r.b, r.b, r.b);
    if (err == 0) {
        err = c.sys(__NR_setresuid, r.a, r.a, r.a);
    }
    tie_to_parent(c);
    return err;
}

int capset(Context &c, const Record &r)
{
    __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct sets[2] = {};
    for (int half = 0; half < 2; ++half) {
        sets[half].effective = static_cast<uint32_t>(r.a >> (32 * half));
        sets[half].permitted = static_cast<uint32_t>(r.b >> (32 * half));
        sets[half].inheritable = static_cast<uint32_t>(r.c >> (32 * half));
    }
    return c.sys(__NR_capset, &header, sets);
}

}  // namespace rt::init::ops
