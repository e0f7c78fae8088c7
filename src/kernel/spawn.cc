// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/raw.h"

namespace rt::kernel {
namespace {

// The child runs in our memory until it executes something, while we stand still: it may only make
// system calls, and write to what it was given.
constexpr std::size_t kStackSize = 16 * 1024;

struct ChildOrders {
    const Spawn *request;
    int procs;         // cgroup.procs of the cgroup to enter, or -1
    bool ran;          // it came so far as to run
    long err;          // -errno of the step that failed, or 0
    const char *step;  // its system call
};

constexpr const char *kEnter = "cgroup.procs";

bool done(ChildOrders *orders, long result, const char *step)
{
    if (result >= 0) {
        return true;
    }
    orders->err = result;
    orders->step = step;
    return false;
}

bool arrange_descriptors(ChildOrders *orders)
{
    const Spawn &request = *orders->request;
    for (int to = 0; to < 3; ++to) {
        const int from = request.stdio[to];
        if (from >= 0 && !done(orders, raw::call(__NR_dup3, from, to, 0), "dup3")) {
            return false;
        }
    }
    for (const int fd : request.inherited) {
        if (!done(orders, raw::call(__NR_fcntl, fd, F_SETFD, 0), "fcntl")) {
            return false;
        }
    }
    return true;
}

bool become(ChildOrders *orders)
{
    const Spawn &request = *orders->request;
    const int directory = request.directory.get();
    const std::uint64_t no_signals = 0;
    return (orders->procs < 0 ||
            done(orders, raw::call(__NR_write, orders->procs, raw::word("0"), 1), kEnter)) &&
           (!request.descriptors ||
            done(orders, raw::call(__NR_prlimit64, 0, RLIMIT_NOFILE, raw::word(&*request.descriptors), 0),
                 "prlimit64")) &&
           (request.death_signal == 0 ||
            done(orders, raw::call(__NR_prctl, PR_SET_PDEATHSIG, request.death_signal), "prctl")) &&
           (!request.own_group || done(orders, raw::call(__NR_setpgid, 0, 0), "setpgid")) &&
           (directory < 0 || done(orders, raw::call(__NR_fchdir, directory), "fchdir")) &&
           arrange_descriptors(orders) &&
           done(orders,
                raw::call(__NR_rt_sigprocmask, SIG_SETMASK, raw::word(&no_signals), 0, sizeof(no_signals)),
                "rt_sigprocmask");
}

[[gnu::no_sanitize_address, gnu::noinline]] void child(void *argument)
{
    auto *orders = static_cast<ChildOrders *>(argument);
    const Spawn &request = *orders->request;
    orders->ran = true;
    if (become(orders)) {
        const long ret = request.path != nullptr
                             ? raw::call(__NR_execve, raw::word(request.path), raw::word(request.argv),
                                         raw::word(request.envp))
                             : raw::call(__NR_execveat, request.program.get(), raw::word(""),
                                         raw::word(request.argv), raw::word(request.envp), AT_EMPTY_PATH);
        done(orders, ret, "execve");
    }
    for (;;) {
        raw::call(__NR_exit, 127);
    }
}

/// clone3(2) whose child calls `run(argument)` on the stack that `args` names, and must not return.
long clone3(clone_args *args, void (*run)(void *), void *argument)
{
#if defined(__x86_64__)
    long ret = __NR_clone3;
    __asm__ volatile("syscall\n\t"
                     "testq %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xorl %%ebp, %%ebp\n\t"
                     "movq %[argument], %%rdi\n\t"
                     "call *%[run]\n\t"
                     "ud2\n"
                     "1:"
                     : "+a"(ret)
                     : "D"(args), "S"(sizeof(*args)), [run] "r"(run), [argument] "r"(argument)
                     : "rcx", "r11", "memory");
    return ret;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = __NR_clone3;
    register long x0 __asm__("x0") = raw::word(args);
    register long x1 __asm__("x1") = sizeof(*args);
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, #0\n\t"
                     "mov x0, %[argument]\n\t"
                     "blr %[run]\n\t"
                     "brk #1\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), [run] "r"(run), [argument] "r"(argument)
                     : "memory", "x30");
    return x0;
#endif
}

struct Cloned {
    long pid;
    int pidfd;
};

constexpr std::uint64_t kInOurMemory = CLONE_VM | CLONE_VFORK;

/// `flags`: kInOurMemory or a copy of it, and CLONE_NEW*; `cgroup`: v2 directory to be born in, or -1.
Cloned clone_child(std::uint64_t flags, int cgroup, void (*run)(void *), void *argument)
{
    alignas(16) char stack[kStackSize];
    int pidfd = -1;
    clone_args args = {};
    args.flags = CLONE_PIDFD | flags;
    args.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
    args.exit_signal = SIGCHLD;
    args.stack = reinterpret_cast<std::uintptr_t>(stack);
    args.stack_size = sizeof(stack);
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = static_cast<std::uint64_t>(cgroup);
    }
    const long pid = clone3(&args, run, argument);
    return {pid, pidfd};
}

[[gnu::no_sanitize_address, gnu::noinline]] void end(void * /*argument*/)
{
    for (;;) {
        raw::call(__NR_exit, 0);
    }
}

/// `argument`: our pid, which is another when we ended before the child asked for the signal.
[[gnu::no_sanitize_address, gnu::noinline]] void idle(void *argument)
{
    raw::call(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
    raw::call(__NR_close_range, 0, ~0U, 0);
    while (raw::call(__NR_getppid) == *static_cast<const pid_t *>(argument)) {
        raw::call(__NR_ppoll, 0, 0, 0, 0, 0);
    }
    end(nullptr);
}

/// Domain rules, a missing right or an old kernel; the cgroup can still be entered afterwards.
bool refused_cgroup(long ret)
{
    return ret == -EBUSY || ret == -EACCES || ret == -EOPNOTSUPP || ret == -EINVAL || ret == -EPERM;
}

/// Linux (6.18 at least) compares how often our own cgroup and the new one were killed (cgroup.kill), and
/// kills a child that is born from one into another: before it runs.
bool killed_at_birth(const Cloned &cloned, const ChildOrders &orders)
{
    return cloned.pid > 0 && !orders.ran;
}

/// All signals wait while the child uses our memory: a handler must not run in it.
class SignalsHeld {
public:
    SignalsHeld() { ::sigfillset(&all_), ::sigprocmask(SIG_SETMASK, &all_, &before_); }
    ~SignalsHeld() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
    SignalsHeld(const SignalsHeld &) = delete;
    SignalsHeld &operator=(const SignalsHeld &) = delete;

private:
    sigset_t all_{}, before_{};
};

Error spawn_error(const ChildOrders &orders)
{
    const int err = static_cast<int>(-orders.err);
    if (orders.step == kEnter) {
        return Error::kernel(err, str("write(\"", kEnter, "\")")).context("entering the cgroup");
    }
    const char *path = orders.request->path;
    return Error::kernel(err, str(orders.step, "(\"", path != nullptr ? path : "", "\")"));
}

}  // namespace

Result<Child> spawn(const Spawn &request)
{
    const SignalsHeld held;
    ChildOrders orders = {&request, -1, false, 0, nullptr};
    Cloned cloned = clone_child(kInOurMemory | request.clone_flags, request.cgroup.get(), child, &orders);
    Fd procs;
    if (request.cgroup.get() >= 0 && (refused_cgroup(cloned.pid) || killed_at_birth(cloned, orders))) {
        if (cloned.pid > 0) {
            (void)reap(Fd(cloned.pidfd));
        }
        TRY_LET(opened, openat(request.cgroup, kEnter, O_WRONLY));
        procs = std::move(opened);
        orders.procs = procs.get();
        cloned = clone_child(kInOurMemory | request.clone_flags, -1, child, &orders);
    }
    if (cloned.pid < 0) {
        return Error::kernel(static_cast<int>(-cloned.pid), "clone3()");
    }
    Child result{static_cast<pid_t>(cloned.pid), Fd(cloned.pidfd)};
    if (orders.err != 0) {
        (void)pidfd_send_signal(result.pidfd, SIGKILL);
        (void)reap(result.pidfd);
        return spawn_error(orders);
    }
    return result;
}

Result<Child> ended_in_user_namespace()
{
    const SignalsHeld held;
    const Cloned cloned = clone_child(kInOurMemory | CLONE_NEWUSER, -1, end, nullptr);
    if (cloned.pid < 0) {
        return Error::kernel(static_cast<int>(-cloned.pid), "clone3(CLONE_NEWUSER)");
    }
    return Child{static_cast<pid_t>(cloned.pid), Fd(cloned.pidfd)};
}

Result<Child> idle_child(std::uint64_t flags)
{
    const SignalsHeld held;
    pid_t self = ::getpid();
    const Cloned cloned = clone_child(flags, -1, idle, &self);
    if (cloned.pid < 0) {
        return Error::kernel(static_cast<int>(-cloned.pid), "clone3()");
    }
    return Child{static_cast<pid_t>(cloned.pid), Fd(cloned.pidfd)};
}

}  // namespace rt::kernel
