// SPDX-License-Identifier: Apache-2.0
#include "kernel/calls_process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>

#include <cerrno>
#include <charconv>
#include <string_view>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/raw.h"
#include "kernel/retry.h"

namespace rt::kernel {
namespace {

constexpr std::size_t kStatSize = 1024;  // 52 numbers and a name of 64 bytes at most

Status answer(long ret, std::string_view call, long operand)
{
    if (ret < 0) {
        return Error::kernel(static_cast<int>(-ret), str(call, "(", operand, ")"));
    }
    return {};
}

/// The `index`-th word of `text`, from 0.
std::string_view word_at(std::string_view text, int index)
{
    for (; index > 0; --index) {
        const std::size_t blank = text.find(' ');
        if (blank == std::string_view::npos) {
            return {};
        }
        text.remove_prefix(blank + 1);
    }
    return text.substr(0, text.find_first_of(" \n"));
}

template <class Number>
bool read_number(std::string_view text, Number &number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<Fd> pidfd_open(pid_t pid)
{
    const long ret = raw::call(__NR_pidfd_open, pid, 0);
    if (ret < 0) {
        return Error::kernel(static_cast<int>(-ret), str("pidfd_open(", pid, ")"));
    }
    return Fd(static_cast<int>(ret));
}

Status pidfd_send_signal(FdRef pidfd, int signal)
{
    return answer(raw::call(__NR_pidfd_send_signal, pidfd.get(), signal, 0, 0), "pidfd_send_signal", signal);
}

Result<bool> wait_ended(FdRef pidfd, int timeout_ms)
{
    pollfd waiting = {pidfd.get(), POLLIN, 0};
    const int ret = retry([&] { return ::poll(&waiting, 1, timeout_ms); });
    if (ret == -1) {
        return Error::kernel(errno, str("poll(", pidfd.get(), ")"));
    }
    return ret == 1;
}

Result<int> reap(FdRef pidfd)
{
    siginfo_t info = {};
    long ret = 0;
    do {
        ret = raw::call(__NR_waitid, P_PIDFD, pidfd.get(), raw::word(&info), WEXITED, 0);
    } while (ret == -EINTR);
    TRY(answer(ret, "waitid", pidfd.get()));
    return info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
}

Result<pid_t> pid_of(FdRef procfs, FdRef pidfd)
{
    constexpr std::string_view kField = "\nPid:\t";
    TRY_LET(text, read_file(procfs, str("self/fdinfo/", pidfd.get()), kStatSize));
    const std::size_t at = text.find(kField);
    pid_t pid = 0;
    if (at == std::string::npos || !read_number(word_at(text.substr(at + kField.size()), 0), pid)) {
        return Error::kernel(EBADF, str("reading the pid of pidfd ", pidfd.get()));
    }
    return pid > 0 ? pid : 0;
}

Status setns(FdRef ns, int type) { return answer(raw::call(__NR_setns, ns.get(), type), "setns", ns.get()); }
Status unshare(int flags) { return answer(raw::call(__NR_unshare, flags), "unshare", flags); }

Status prlimit(pid_t pid, int resource, const rlimit &limit)
{
    return answer(raw::call(__NR_prlimit64, pid, resource, raw::word(&limit), 0), "prlimit", resource);
}

Result<rlimit> prlimit(pid_t pid, int resource)
{
    rlimit limit = {};
    TRY(answer(raw::call(__NR_prlimit64, pid, resource, 0, raw::word(&limit)), "prlimit", resource));
    return limit;
}

Result<std::uint64_t> getrandom()
{
    std::uint64_t number = 0;
    const auto got = retry([&] { return ::getrandom(&number, sizeof number, 0); });
    if (got != sizeof number) {
        return Error::kernel(errno, "getrandom()");
    }
    return number;
}

Status kill(pid_t pid, int signal) { return answer(raw::call(__NR_kill, pid, signal), "kill", pid); }

Status set_child_subreaper()
{
    return answer(raw::call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1), "prctl", PR_SET_CHILD_SUBREAPER);
}

bool is_in_initial_user_namespace()
{
    const auto found = fstatat(kCwd, "/proc/self/ns/user", 0);
    return !found || found->st_ino == kInitialUserNamespace;
}

bool has_capability(unsigned number)
{
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
    const bool known = raw::call(__NR_capget, raw::word(&header), raw::word(data)) == 0;
    return known && (data[number / 32].effective >> number % 32 & 1U) != 0;
}

Result<Fd> open_procfs()
{
    TRY_LET(procfs, openat(kCwd, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW));
    TRY_LET(type, fstatfs_type(procfs));
    if (type != PROC_SUPER_MAGIC) {
        return Error::state("/proc is not procfs").hint("mount -t proc proc /proc");
    }
    return procfs;
}

Result<ProcessStat> parse_stat(std::string_view text)
{
    const std::size_t name_end = text.rfind(") ");
    ProcessStat stat;
    if (name_end != std::string_view::npos) {
        text.remove_prefix(name_end + 2);
        stat.state = text.empty() ? '\0' : text[0];
        if (read_number(word_at(text, 20 - 3), stat.threads) &&
            read_number(word_at(text, 22 - 3), stat.start)) {
            return stat;
        }
    }
    return Error::bug("/proc/PID/stat does not have 22 fields");
}

Result<ProcessStat> process_stat(FdRef procfs, pid_t pid)
{
    auto file = openat(procfs, str(pid, "/stat"), O_RDONLY);
    if (!file && file.error().err() == ENOENT) {
        return Error::kernel(ESRCH, str("open(\"/proc/", pid, "/stat\")"));
    }
    TRY_LET(opened, std::move(file));
    TRY_LET(text, read(opened, kStatSize));
    return parse_stat(text);
}

Status sched_setaffinity(pid_t pid, const std::string &mask)
{
    if (mask.empty()) {
        return {};
    }
    return answer(raw::call(__NR_sched_setaffinity, pid, raw::word(mask.size()), raw::word(mask.data())),
                  "sched_setaffinity", pid);
}

Status cloexec_from(FdRef procfs, unsigned first)
{
    const long ret = raw::call(__NR_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);
    if (ret != -ENOSYS && ret != -EINVAL) {  // Linux 5.9 has the call, 5.11 the flag
        return answer(ret, "close_range", first);
    }
    TRY_LET(open, list_at(procfs, "self/fd"));
    for (const DirEntry &entry : open) {
        unsigned fd = 0;
        if (read_number(entry.name, fd) && fd >= first) {
            ::fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC);  // the listing's own fd is closed by now
        }
    }
    return {};
}

}  // namespace rt::kernel
