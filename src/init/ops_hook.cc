// SPDX-License-Identifier: Apache-2.0
//
// Hooks that run in the container's namespaces.  Whatever a hook does with its descriptors and children, we
// wait for the process alone, and a timeout ends its whole group.
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/signal.h>

#include <initializer_list>

#include "init/bytes.h"
#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
namespace {

int write_all(Context &c, int fd, const char *text, uint32_t size)
{
    while (size > 0) {
        const int n = c.sys(__NR_write, fd, text, size);
        if (n < 0) {
            return n;
        }
        text += n;
        size -= static_cast<uint32_t>(n);
    }
    return 0;
}

/// The state on stdin.  A memfd, so that a hook that does not read it holds nobody up.
int make_state(Context &c, const Record &r)
{
    Holder file(c, c.sys(__NR_memfd_create, "state", MFD_CLOEXEC));
    if (file.failed()) {
        return file.get();
    }
    char pid[21];
    decimal(pid, static_cast<uint64_t>(c.sys(__NR_getpid)));
    for (const char *part : {c.text(r.b), static_cast<const char *>(pid), c.text(r.c)}) {
        const int err = part == nullptr ? 0 : write_all(c, file.get(), part, length(part));
        if (err < 0) {
            return err;
        }
    }
    const int err = c.sys(__NR_lseek, file.get(), 0, 0);
    return err < 0 ? err : file.release();
}

int close_on_exec(Context &c)
{
    // Ours are close-on-exec already; this is for what was inherited.
    const int err = c.sys(__NR_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (err != -ENOSYS && err != -EINVAL) {
        return err;
    }
    for (int fd = 3; fd < 1024; ++fd) {
        c.sys(__NR_fcntl, fd, F_SETFD, FD_CLOEXEC);
    }
    return 0;
}

/// In the hook's process.  Comes back with what went wrong.
int become_hook(Context &c, const Record &r, int state)
{
    c.sys(__NR_setpgid, 0, 0);
    c.sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    int err = c.sys(__NR_dup3, state, 0, 0);
    for (int fd = 1; err >= 0 && r.fd >= 0 && fd <= 2; ++fd) {
        err = c.sys(__NR_dup3, r.fd, fd, 0);
    }
    if (err >= 0) {
        err = close_on_exec(c);
    }
    if (err >= 0 && r.n != 0) {
        err = r.n < c.header().count ? capset(c, c.record(r.n)) : -EBADMSG;
    }
    if (err < 0) {
        return err;
    }
    c.sys(__NR_umask, c.umask);
    char *none = nullptr;
    char **envp = words(c, r.s3);
    return c.sys(__NR_execve, c.text(r.s1), words(c, r.s2), envp == nullptr ? &none : envp);
}

void run_child(Context &c, const Record &r, int state, int trouble)
{
    const int32_t answer[2] = {become_hook(c, r, state), static_cast<int32_t>(c.sys.failed())};
    c.sys(__NR_write, trouble, answer, sizeof(answer));
    leave(c, 127);
}

/// Waits for the process, at most `timeout` ms if that is not 0.  Gives its wait status.
uint32_t wait(Context &c, int pid, int pidfd, uint64_t timeout)
{
    pollfd exited = {.fd = pidfd, .events = POLLIN, .revents = 0};
    const int64_t time[2] = {static_cast<int64_t>(timeout / 1000),
                             static_cast<int64_t>(timeout % 1000) * 1000000};
    bool timed_out = false;
    int ready = 0;
    do {
        // ppoll(2) itself keeps what is left of the time.
        ready = c.sys(__NR_ppoll, &exited, 1, timeout == 0 ? nullptr : time, 0, 0);
    } while (ready == -EINTR);
    if (ready == 0) {
        timed_out = true;
        c.sys(__NR_kill, -pid, SIGKILL);
        c.sys(__NR_kill, pid, SIGKILL);
    }
    int status = 0;
    while (c.sys(__NR_wait4, pid, &status, 0, 0) == -EINTR) {
    }
    return timed_out ? kHookTimedOut : static_cast<uint32_t>(status);
}

/// What the process wrote before it gave up; 0 if it became the hook.
int trouble_of(Context &c, int fd)
{
    int32_t answer[2] = {};
    if (c.sys(__NR_read, fd, answer, sizeof(answer)) != static_cast<int>(sizeof(answer))) {
        return 0;
    }
    c.refusal = static_cast<uint32_t>(answer[1]);
    return answer[0];
}

}  // namespace

// spec: CreateContainerTiming, PosixHooksTimeoutKills
int hook(Context &c, const Record &r)
{
    Holder state(c, make_state(c, r));
    if (state.failed()) {
        return state.get();
    }
    int trouble[2] = {-1, -1};
    int err = c.sys(__NR_pipe2, trouble, O_CLOEXEC | O_NONBLOCK);
    if (err < 0) {
        return err;
    }
    Holder trouble_end(c, trouble[0]);
    int pidfd = -1;
    const int pid = c.sys(__NR_clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
    if (pid == 0) {
        run_child(c, r, state.get(), trouble[1]);
    }
    c.close(trouble[1]);
    if (pid < 0) {
        return pid;
    }
    Holder process(c, pidfd);
    c.sys(__NR_setpgid, pid, pid);  // whoever is first
    const uint32_t status = wait(c, pid, pidfd, r.a);
    err = trouble_of(c, trouble_end.get());
    if (err < 0) {
        return err;
    }
    if (status == 0) {
        return 0;
    }
    c.refusal = status;
    return kSaysDetail;
}

}  // namespace rt::init::ops
