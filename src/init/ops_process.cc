// SPDX-License-Identifier: Apache-2.0
//
// The process itself: what is one call or one line of /proc, keyring, successor, cgroups, working directory.
#include <linux/fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>

#include "init/bytes.h"
#include "init/ops.h"
#include "init/path.h"
#include "init/talk.h"

namespace rt::init::ops {

int call(Context &c, const Record &r)
{
    const auto argument = [&c](uint32_t text, uint64_t number) {
        return text == 0 ? number : reinterpret_cast<uintptr_t>(c.text(text));
    };
    const int answer =
        c.sys(static_cast<long>(r.n), argument(r.s1, r.a), argument(r.s2, r.b), argument(r.s3, r.c), 0, 0);
    return answer > 0 || (answer == -EPERM && (r.flags & kMayFail) != 0) ? 0 : answer;
}

int write(Context &c, const Record &r)
{
    Holder file(c, r.fd >= 0 ? r.fd : open_proc(c, c.text(r.s1), O_WRONLY));
    if (file.failed()) {
        return file.get();
    }
    if (r.b > c.step && r.b < c.header().count) {
        c.record(static_cast<uint32_t>(r.b)).fd = file.release();
        return 0;
    }
    const int n = c.sys(__NR_write, file.get(), c.text(r.s2), length(c.text(r.s2)));
    return n < 0 ? n : 0;
}

int keyring(Context &c, const Record &r)
{
    // What a new session keyring grants, and search for its user: programs of other ids in the container need
    // it.
    constexpr uint32_t kPermissions = 0x3f1b0000;
    const int key = c.sys(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, c.text(r.s1), 0, 0, 0);
    if (key == -ENOSYS) {
        return 0;
    }
    if (key < 0) {
        return key;
    }
    c.sys(__NR_keyctl, KEYCTL_SETPERM, key, kPermissions, 0, 0);
    return 0;
}

int fork(Context &c, const Record &)
{
    // Holds the successor back until its birth was told, so that the parent hears of it first.
    int told[2] = {-1, -1};
    int err = c.sys(__NR_pipe2, told, O_CLOEXEC);
    if (err < 0) {
        return err;
    }
    int pidfd = -1;
    const int pid = c.sys(__NR_clone, CLONE_PARENT | CLONE_PIDFD, 0, &pidfd, 0, 0);
    if (pid < 0) {
        return pid;
    }
    if (pid > 0) {
        const Message message = {.msg = Msg::kForked,
                                 .step = static_cast<int32_t>(c.step),
                                 .err = 0,
                                 .detail = static_cast<uint32_t>(pid),
                                 .note = {}};
        err = send(c, c.report, &message, kMessageHead, pidfd);
        leave(c, err < 0 ? 1 : 0);
    }
    c.close(told[1]);
    char none = 0;
    c.sys(__NR_read, told[0], &none, 1);
    c.close(told[0]);
    tie_to_parent(c);
    return 0;
}

int join_cgroups(Context &c, const Record &r)
{
    for (uint64_t i = r.a; i < r.a + r.b; ++i) {
        if (i >= c.cgroup_count) {
            return -EBADF;
        }
        // "0" into a v1 `tasks` file moves this thread without the lock that a pid would need.
        const int n = c.sys(__NR_write, c.cgroups[i], "0", 1);
        if (n < 0) {
            return n;
        }
        c.close(c.cgroups[i]);
    }
    return 0;
}

// spec: CwdInContainer, ProcCwd
int chdir(Context &c, const Record &r)
{
    if (c.in_cwd) {
        return 0;  // as root, where the program's user might not be let in
    }
    Holder cwd(c, make_in_root(c, c.text(r.s1), Make::kDirectory, 0755));
    int err = cwd.failed() ? cwd.get() : c.sys(__NR_fchdir, cwd.get());
    if (err == -EACCES && (r.flags & kMayFail) != 0) {
        return 0;
    }
    if (err < 0) {
        return err;
    }
    char path[kPathMax];
    err = c.sys(__NR_getcwd, path, sizeof(path));
    if (err < 0) {
        return err;
    }
    // The kernel marks a directory that our root does not reach by "(unreachable)".
    c.in_cwd = path[0] == '/';
    return c.in_cwd ? 0 : c.refuse(kUnreachable, ENOENT);
}

}  // namespace rt::init::ops
