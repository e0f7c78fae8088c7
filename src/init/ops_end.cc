// SPDX-License-Identifier: Apache-2.0
//
// Waiting for `start`, and the step into the container's program.
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/stat.h>

#include <initializer_list>

#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
namespace {

constexpr uint32_t kPage = 4096;

/// Gives back the pages of the records that ran: private copies where descriptors were filled in.
void forget_past(Context &c)
{
    const uint64_t ran = (c.header().records + uint64_t{c.step} * sizeof(Record)) & ~uint64_t{kPage - 1};
    if (ran > 0) {
        c.sys(__NR_madvise, c.base, ran, MADV_DONTNEED);
    }
}

/// Gives back what the deepest path look-up took of the stack.
void forget_stack(Context &c)
{
    constexpr uintptr_t kDeepest = 16 * kPage;
    const uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) & ~uintptr_t{kPage - 1};
    // ENOMEM where the stack never grew that far: what there is has been dropped all the same.
    c.sys(__NR_madvise, here - kDeepest, kDeepest - kPage, MADV_DONTNEED);
}

/// Without close_range(2) (before Linux 5.9) there is only trying.
int close_one_by_one(Context &c, uint32_t first, uint32_t last)
{
    uint64_t limit[2] = {};
    const int err = c.sys(__NR_prlimit64, 0, RLIMIT_NOFILE, 0, limit);
    if (err < 0) {
        return err;
    }
    constexpr uint64_t kMost = 1 << 20;
    const uint64_t end = limit[1] < kMost ? limit[1] : kMost;
    for (uint64_t fd = first; fd < end && fd <= last; ++fd) {
        c.sys(__NR_close, fd);
    }
    return 0;
}

int close_range(Context &c, uint32_t first, uint32_t last)
{
    if (first > last) {
        return 0;
    }
    const int err = c.sys(__NR_close_range, first, last, 0);
    return err == -ENOSYS ? close_one_by_one(c, first, last) : err;
}

int execute(Context &c, const char *path, char **argv, char **envp)
{
    return c.sys(__NR_execve, path, argv, envp);
}

/// What execve(2) would say of a path, as far as that can be told without it.
int look_at(Context &c, const char *path, char **, char **)
{
    constexpr uint32_t kTypeMask = 0170000, kDirectoryType = 0040000;
    constexpr int kExecutable = 1;  // X_OK
    struct statx st = {};
    const int err = c.sys(__NR_statx, AT_FDCWD, path, 0, STATX_TYPE, &st);
    if (err < 0) {
        return err;
    }
    return (st.stx_mode & kTypeMask) == kDirectoryType ? -EACCES
                                                       : c.sys(__NR_faccessat, AT_FDCWD, path, kExecutable);
}

/// The first that `attempt` takes, as execvp(3) goes through PATH.
int try_candidates(Context &c, const Record &r, int (*attempt)(Context &, const char *, char **, char **))
{
    char **candidates = words(c, r.s1);
    char **argv = words(c, r.s2);
    char **envp = words(c, r.s3);
    if (candidates == nullptr || argv == nullptr) {
        return c.refuse(kMalformed, EBADMSG);
    }
    int denied = 0;
    for (; *candidates != nullptr; ++candidates) {
        const int err = attempt(c, *candidates, argv, envp);
        if (err == -EACCES) {
            denied = err;
        } else if (err != -ENOENT && err != -ENOTDIR) {
            return err;
        }
    }
    return denied < 0 ? denied : -ENOENT;
}

}  // namespace

int park(Context &c, const Record &r)
{
    for (int *fd : {&c.root, &c.tree, &c.null, &c.blank}) {
        c.close(*fd);
    }
    for (uint32_t i = 0; i < c.cgroup_count; ++i) {
        c.close(c.cgroups[i]);
    }
    c.close(c.report);
    int listener = r.fd;
    forget_past(c);
    forget_stack(c);
    for (;;) {
        const int start = c.sys(__NR_accept4, listener, 0, 0, O_CLOEXEC);
        if (start == -EINTR || start == -ECONNABORTED) {
            continue;
        }
        if (start < 0) {
            return start;
        }
        char go = 0;
        if (c.sys(__NR_read, start, &go, 1) == 1) {
            c.report = start;
            c.close(listener);
            return 0;
        }
        c.sys(__NR_close, start);
    }
}

// spec: OnlyAskedDescriptors
int close_fds(Context &c, const Record &r)
{
    if (c.raised_nofile) {
        c.sys(__NR_prlimit64, 0, RLIMIT_NOFILE, c.nofile, 0);
        c.raised_nofile = false;
    }
    c.root = c.tree = c.null = c.blank = -1;
    if (c.tied) {  // `run` went through; from here on the program may outlive it
        c.tied = false;
        c.sys(__NR_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
    }
    const auto first = static_cast<uint32_t>(r.a);
    const auto report = static_cast<uint32_t>(c.report);
    if (c.report < 0 || report < first) {
        return close_range(c, first, ~0U);
    }
    const int err = report == first ? 0 : close_range(c, first, report - 1);
    return err < 0 ? err : close_range(c, report + 1, ~0U);
}

// spec: CreateFindsProgram
int find(Context &c, const Record &r) { return try_candidates(c, r, look_at); }

// spec: ProcArgsOneEntryRequired
int exec(Context &c, const Record &r) { return try_candidates(c, r, execute); }

}  // namespace rt::init::ops
