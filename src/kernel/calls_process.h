// SPDX-License-Identifier: Apache-2.0
//
// Making, naming and ending processes.  A process is a pidfd here; a pid alone is only trusted
// together with its start time.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace rt::kernel {

/// A new program, for spawn().  Everything is borrowed and has to live until spawn() returns.
struct Spawn {
    const char *path = nullptr;  ///< absolute; or null, then `program` is executed
    FdRef program{-1};           ///< execveat(2) with AT_EMPTY_PATH
    char *const *argv = nullptr;
    char *const *envp = nullptr;
    std::uint64_t clone_flags = 0;      ///< CLONE_NEW* flags
    FdRef cgroup{-1};                   ///< v2 cgroup directory to be born in, or -1
    std::span<const int> inherited;     ///< descriptors that lose close-on-exec in the child
    int stdio[3] = {-1, -1, -1};        ///< what becomes 0, 1 and 2; -1: ours
    FdRef directory{-1};                ///< working directory, or -1: ours
    bool own_group = false;             ///< leads a process group of its own
    std::optional<rlimit> descriptors;  ///< its RLIMIT_NOFILE; none: ours
    int death_signal = 0;               ///< what it gets when we die (prctl(2) PR_SET_PDEATHSIG), or 0
};

struct Child {
    pid_t pid = 0;
    Fd pidfd;
};

/// clone3(CLONE_VM|CLONE_VFORK|CLONE_PIDFD) and execve(2): returns when the program runs, or with the
/// error of the step that failed, the child reaped.  The signal mask of the new program is empty.
/// A kernel or cgroup that refuses CLONE_INTO_CGROUP, or kills who comes that way into a cgroup that was
/// killed before, gets the child through cgroup.procs.
Result<Child> spawn(const Spawn &request);

/// A child of ours in a user namespace of its own, which has ended: until it is reaped, /proc/PID/uid_map can
/// be written and /proc/PID/ns/user be opened.
Result<Child> ended_in_user_namespace();

/// st_ino of /proc/PID/ns/user where that is the machine's own: PROC_USER_INIT_INO of linux/proc_ns.h.
inline constexpr ino_t kInitialUserNamespace = 0xEFFFFFFD;
/// Whether we are there; so too where /proc cannot say.
bool is_in_initial_user_namespace();

/// Whether we have the capability `number` (CAP_SYS_ADMIN, ...) in the user namespace that we are in: the
/// effective set.
bool has_capability(unsigned number);

/// A child of ours with nothing open that does nothing, until it is killed or we end; in new namespaces of
/// its own (CLONE_NEW*), if it has `flags`.
Result<Child> idle_child(std::uint64_t flags = 0);

Result<Fd> pidfd_open(pid_t pid);
Status pidfd_send_signal(FdRef pidfd, int signal);
/// Waits until the process of `pidfd` has ended; -1: without limit.  False: the time was up.
Result<bool> wait_ended(FdRef pidfd, int timeout_ms);
/// waitid(2) P_PIDFD, WEXITED: reaps our own child; gives its status as wait(2) has it.
Result<int> reap(FdRef pidfd);
/// The pid behind a pidfd in our pid namespace, from /proc/self/fdinfo; 0 when it was reaped.
Result<pid_t> pid_of(FdRef procfs, FdRef pidfd);

Status prlimit(pid_t pid, int resource, const rlimit &limit);
/// The limit as it is.
Result<rlimit> prlimit(pid_t pid, int resource);
Status kill(pid_t pid, int signal);
Status set_child_subreaper();

/// setns(2); `type`: CLONE_NEWNET, ..., or 0 for any.  Only this thread moves, and we have no other.
Status setns(FdRef ns, int type);
/// unshare(2): CLONE_NEWNS, ...
Status unshare(int flags);

/// getrandom(2): eight bytes.
Result<std::uint64_t> getrandom();

/// A handle of /proc, checked to be one.
Result<Fd> open_procfs();

/// What /proc/PID/stat says of a process.
struct ProcessStat {
    char state = 0;             ///< 'R', 'S', 'Z', ...
    std::uint64_t threads = 0;  ///< field 20
    std::uint64_t start = 0;    ///< field 22: clock ticks since boot
};
/// ESRCH when there is no such process.
Result<ProcessStat> process_stat(FdRef procfs, pid_t pid);
/// The text of /proc/PID/stat, taken apart; a name may hold ')' and blanks.
Result<ProcessStat> parse_stat(std::string_view text);

/// sched_setaffinity(2); pid 0: this process.  `mask` is a bit for each processor, in whole words; "" changes
/// nothing.
Status sched_setaffinity(pid_t pid, const std::string &mask);

/// close_range(2) from `first` on with CLOSE_RANGE_CLOEXEC; one by one where the kernel has not got it.
Status cloexec_from(FdRef procfs, unsigned first);

}  // namespace rt::kernel
