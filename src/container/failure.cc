// SPDX-License-Identifier: Apache-2.0
#include "container/failure.h"

#include <asm/unistd.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <charconv>
#include <optional>

#include "base/log.h"
#include "base/str.h"
#include "cgroup/memory_limit.h"
#include "container/forbidden.h"
#include "host/program.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "oci/names.h"

namespace rt::container {
namespace {

using init::Op;

struct SyscallName {
    std::uint32_t number;
    std::string_view name;
};

// clang-format off
constexpr SyscallName kSyscalls[] = {
    {__NR_accept4, "accept4"}, {__NR_capget, "capget"}, {__NR_capset, "capset"}, {__NR_chdir, "chdir"},
    {__NR_chroot, "chroot"}, {__NR_clone, "clone"}, {__NR_clone3, "clone3"}, {__NR_close_range, "close_range"},
    {__NR_dup3, "dup3"}, {__NR_execve, "execve"}, {__NR_execveat, "execveat"}, {__NR_faccessat, "faccessat"},
    {__NR_fchdir, "fchdir"}, {__NR_fchmod, "fchmod"}, {__NR_fchmodat, "fchmodat"}, {__NR_fchown, "fchown"},
    {__NR_fchownat, "fchownat"}, {__NR_fcntl, "fcntl"}, {__NR_fsconfig, "fsconfig"}, {__NR_fsetxattr, "fsetxattr"}, {__NR_fsmount, "fsmount"},
    {__NR_fsopen, "fsopen"}, {__NR_fspick, "fspick"}, {__NR_fstat, "fstat"}, {__NR_fstatfs, "fstatfs"},
    {__NR_getcwd, "getcwd"}, {__NR_getdents64, "getdents64"}, {__NR_ioctl, "ioctl"}, {__NR_ioprio_set, "ioprio_set"}, {__NR_keyctl, "keyctl"},
    {__NR_linkat, "linkat"}, {__NR_mkdirat, "mkdirat"}, {__NR_mknodat, "mknodat"}, {__NR_mmap, "mmap"},
    {__NR_mount, "mount"}, {__NR_mount_setattr, "mount_setattr"}, {__NR_move_mount, "move_mount"},
    {__NR_open_tree, "open_tree"}, {__NR_openat, "openat"}, {__NR_openat2, "openat2"},
    {__NR_personality, "personality"}, {__NR_pipe2, "pipe2"}, {__NR_pivot_root, "pivot_root"},
    {__NR_ppoll, "ppoll"}, {__NR_prctl, "prctl"}, {__NR_prlimit64, "prlimit64"}, {__NR_read, "read"},
    {__NR_readlinkat, "readlinkat"}, {__NR_recvmsg, "recvmsg"}, {__NR_renameat2, "renameat2"},
    {__NR_sched_setaffinity, "sched_setaffinity"}, {__NR_sched_setattr, "sched_setattr"},
    {__NR_seccomp, "seccomp"}, {__NR_set_mempolicy, "set_mempolicy"}, {__NR_sendfile, "sendfile"}, {__NR_sendmsg, "sendmsg"},
    {__NR_setdomainname, "setdomainname"}, {__NR_setgroups, "setgroups"}, {__NR_sethostname, "sethostname"},
    {__NR_setns, "setns"}, {__NR_setpgid, "setpgid"}, {__NR_setresgid, "setresgid"},
    {__NR_setresuid, "setresuid"}, {__NR_setsid, "setsid"}, {__NR_socket, "socket"}, {__NR_statx, "statx"},
    {__NR_symlinkat, "symlinkat"}, {__NR_umask, "umask"}, {__NR_umount2, "umount2"},
    {__NR_unlinkat, "unlinkat"}, {__NR_unshare, "unshare"}, {__NR_write, "write"},
};

struct RefusalText {
    init::Refusal refusal;
    std::string_view text;
};
constexpr RefusalText kRefusals[] = {
    {init::kOntoRoot,             "a mount cannot cover the root of the container itself"},
    {init::kInsideProc,           "nothing may be mounted there inside /proc"},
    {init::kNotOrdinaryDirectory, "the target has to be an ordinary directory"},
    {init::kNotNull,              "the host's /dev/null is not the null device"},
    {init::kOtherFile,            "what is there already is something else"},
    {init::kUnreachable,          "the directory lies outside of the container"},
    {init::kNotDevpts,            "/dev/pts of the container is not a devpts"},
    {init::kMissingParent,        "the path has \"..\" below a directory that does not exist"},
    {init::kMalformed,            "the plan is damaged"},
};

/// What the reader can do about an errno of a step; Op::kEnd: of any.
struct Hint {
    Op op;
    int err;
    std::string_view advice;
    std::uint32_t call = 0;  ///< the system call that has to have given it; 0: any
    std::string_view below = {};  ///< what the step's operand begins with
};
constexpr Hint kHints[] = {
    {Op::kFsMount,      ENODEV, "this kernel has no such file system"},
    {Op::kFsMount,      EINVAL, "an option of the mount is not one of this file system"},
    {Op::kFsMount,      EPERM,  "a user namespace may not mount this; bind it from the host"},
    {Op::kPropagation,  EINVAL, "the root is no mount point, as in a chroot: mount --bind DIR DIR before chroot DIR"},
    {Op::kLabel,        EINVAL, "the policy of this machine has no such label"},
    {Op::kRoot,         ENOENT, "root.path has to exist"},
    {Op::kRoot,         ENOTDIR, "root.path has to be a directory"},
    {Op::kPivot,        EINVAL, "the root of the host may be a ramfs; --no-pivot works there"},
    {Op::kChdir,        ENOTDIR, "process.cwd has to be a directory"},
    {Op::kDevice,       EPERM,  "making devices needs CAP_MKNOD in the initial user namespace"},
    {Op::kSetns,        EPERM,  "while a container waits for start, only root of the machine can enter it; and nobody can "
                                "enter what is another user's"},
    {Op::kBecomeRoot,   EPERM,  "the user namespace denies setgroups, and the runtime's groups may not stay: who made "
                                "the namespace can enter it", __NR_setgroups},
    {Op::kAttach,       EINVAL, "the source and the target have to be two files or two directories", __NR_move_mount},
    {Op::kChdir,        EROFS,  "the directory is not there, and cannot be made"},
    {Op::kUnshare,      ENOSPC, "a limit of /proc/sys/user is reached"},
    {Op::kAttach,       ENOSPC, "fs.mount-max of the host is reached"},
    {Op::kOpenTree,     ENOSPC, "fs.mount-max of the host is reached"},
    {Op::kTree,         ENOSPC, "fs.mount-max of the host is reached"},
    {Op::kFork,         EAGAIN, "RLIMIT_NPROC or a pids limit is reached"},
    {Op::kFork,         ENOMEM, "the first process of the pid namespace may have ended, or the memory limit be too low"},
    {Op::kHook,         EAGAIN, "RLIMIT_NPROC or a pids limit is reached"},
    {Op::kUnshare,      EINVAL, "this kernel lacks one of the namespaces"},
    {Op::kCall,         EPERM,  "in a v1 cpu cgroup they need resources.cpu.realtimeRuntime; "
                                "they and a negative nice need CAP_SYS_NICE in the initial user namespace",
                                __NR_sched_setattr},
    {Op::kCall,         EINVAL, "this kernel has no such policy, or not with these values", __NR_sched_setattr},
    {Op::kCall,         EBUSY,  "the processors have not that much time left to promise", __NR_sched_setattr},
    {Op::kCall,         EOPNOTSUPP, "this kernel has no utilization clamps", __NR_sched_setattr},
    {Op::kCall,         EPERM,  "IOPRIO_CLASS_RT needs CAP_SYS_ADMIN in the initial user namespace", __NR_ioprio_set},
    {Op::kCall,         EINVAL, "a node is not this machine's or not of resources.cpu.mems, or the kernel is too old for "
                                "the mode", __NR_set_mempolicy},
    {Op::kCall,         EINVAL, "none of these processors is the container's", __NR_sched_setaffinity},
    {Op::kWrite,        ENOENT, "the AppArmor profile is not loaded", __NR_write},
    {Op::kWrite,        EINVAL, "the policy of this machine has no such label", __NR_write, "self/attr/"},
    {Op::kWrite,        ENOENT, "this kernel has no such setting"},
    {Op::kWrite,        EINVAL, "the value is out of range, or has ids that the user namespace does not map", __NR_write},
    {Op::kJoinCgroups,  EINVAL, "a process with a real-time policy cannot enter a v1 cpu cgroup that has no cpu.rt_runtime_us: "
                                "chrt --other 0 COMMAND starts it without", __NR_write},
    {Op::kSeccomp,      EBUSY,  "another filter of this process has a listener already"},
    {Op::kSeccomp,      EAGAIN, "pids.limit has to leave room for the thread that hands over the listener"},
    {Op::kSeccomp,      EINVAL, "this kernel lacks one of the flags"},
    {Op::kEnd,          ENOMEM, "the memory limit may be too low"},
};
// clang-format on

std::optional<std::string_view> hint_of(const LateStep &step, int err, std::uint32_t call)
{
    const Op op = static_cast<Op>(step.op);
    for (const Hint &hint : kHints) {
        const bool fits = (hint.op == op || hint.op == Op::kEnd) && (hint.call == call || hint.call == 0);
        if (hint.err == err && fits && step.operand.starts_with(hint.below)) {
            return hint.advice;
        }
    }
    return std::nullopt;
}

/// The first component of `path` that does not exist: what a reader of ENOENT wants to know.
std::string missing_part(const std::string &path)
{
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        auto there = kernel::fstatat(kernel::kCwd, part, 0);
        if (!there && there.error().err() == ENOENT) {
            return part;
        }
        if (end == std::string::npos) {
            return {};
        }
    }
}

/// proc_pid_mountinfo(5): "id parent major:minor root place attributes [tag...] - type source options"
std::string type_in(std::string_view line)
{
    const std::size_t dash = line.find(" - ");
    const std::size_t from = dash == std::string_view::npos ? line.size() : dash + 3;
    return std::string(line.substr(from, line.find(' ', from) - from));
}

/// Of the operand that late_step() gives a kRlimit.
std::string limit_hint(std::string_view operand)
{
    const std::size_t equals = operand.find('=');
    const auto resource = oci::rlimit_resource(operand.substr(0, equals));
    std::uint64_t wanted = 0;
    if (!resource || equals == operand.npos) {
        return "the hard limit is above the runtime's own";
    }
    (void)std::from_chars(operand.data() + equals + 1, operand.data() + operand.size(), wanted);
    return no_such_limit(*resource, wanted);
}

std::string limit_in_words(std::uint64_t value)
{
    return value == RLIM_INFINITY ? std::string("unlimited") : str(value);
}

bool was_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

std::string killed_hint(const cgroup::CgroupRecord &cgroup)
{
    const std::optional<cgroup::MemoryLimit> limit = cgroup::memory_limit(cgroup);
    if (!limit && cgroup::removed(cgroup)) {
        return "by somebody, or for memory: its cgroup is removed already and does not say";
    }
    if (!limit) {
        return "not for a memory limit of the container: it has none";
    }
    const std::string_view what =
        limit->kills > 0 ? "for memory: the limit is " : "by somebody, or for memory: the limit is ";
    return str(what, limit->bytes, " bytes, ", limit->file);
}

/// The kernel's text; whoever sent it may have left no NUL.
std::string_view note_of(const init::Message &message)
{
    return {message.note, ::strnlen(message.note, sizeof(message.note))};
}

/// What the kernel says of an option since Linux 6.11.
bool is_unmapped_id(std::string_view note)
{
    return note.find("Invalid uid '") != note.npos || note.find("Invalid gid '") != note.npos;
}

// spec: ErrorsMountedDevice
/// What the kernel says of a device that no rule of a cgroup allows.
bool is_refused_device(std::string_view note) { return note.find("Can't open blockdev") != note.npos; }

Error with_hint(Error error, const LateStep &step, const init::Message &message)
{
    const Op op = static_cast<Op>(step.op);
    const bool source = op == Op::kOpenTree || op == Op::kTree;
    if (source && message.err == ENOENT) {
        const std::string missing = missing_part(step.operand);
        return std::move(error).hint(missing.empty() || missing == step.operand
                                         ? "create the source or drop the mount"
                                         : str("\"", missing, "\" is the part that is missing"));
    }
    if (op == Op::kFsMount && message.err == EINVAL && is_unmapped_id(note_of(message))) {
        return std::move(error).hint(
            "the user namespace maps no such id: drop the option, or have more ids mapped");
    }
    if (op == Op::kFsMount && message.err == EPERM && is_refused_device(note_of(message))) {
        return std::move(error).hint(
            "a device cgroup forbids it: the runtime's own, or linux.resources.devices where the mount "
            "namespace is joined");
    }
    if (op == Op::kRlimit && message.err == EPERM) {
        return std::move(error).hint(limit_hint(step.operand));
    }
    if (op == Op::kSetAttr && message.err == EINVAL && !step.operand.empty()) {
        return std::move(error).hint(no_idmap_hint(step.operand));
    }
    if (message.err == EMFILE) {
        return std::move(error).hint(no_more_descriptors());
    }
    if (std::string who = who_forbids(step, message.err, message.detail); !who.empty()) {
        return std::move(error).hint(std::move(who));
    }
    if (const auto advice = hint_of(step, message.err, message.detail); advice) {
        return std::move(error).hint(std::string(*advice));
    }
    return error;
}

/// The steps about the container's program, which fail alike.
bool is_program(Op op) { return op == Op::kExec || op == Op::kFind; }

Error explain_hook(const init::Message &message, FdRef output)
{
    if (message.err != 0) {
        return Error::kernel(message.err, syscall_name(message.detail));
    }
    std::string text = message.detail == init::kHookTimedOut
                           ? "did not end within its timeout"
                           : host::in_words(static_cast<int>(message.detail));
    const std::string lines = output.get() >= 0 ? host::last_lines(output) : "";
    return Error::input(lines.empty() ? std::move(text) : str(text, ": ", lines));
}

Error explain_call(const LateStep &step, const init::Message &message)
{
    for (const RefusalText &row : kRefusals) {
        if (row.refusal == message.detail) {
            return Error::input(std::string(row.text));
        }
    }
    std::string text = syscall_name(message.detail);
    if (!step.operand.empty() && static_cast<Op>(step.op) != Op::kSetns) {
        text += str("(\"", step.operand, "\")");
    }
    if (const std::string_view note = note_of(message); !note.empty()) {
        text += str(": ", note);
    }
    return with_hint(Error::kernel(message.err, std::move(text)), step, message);
}

}  // namespace

std::string syscall_name(std::uint32_t number)
{
    for (const SyscallName &row : kSyscalls) {
        if (row.number == number) {
            return std::string(row.name);
        }
    }
    return str("system call ", number);
}

LateStep late_step(const plan::Step &step)
{
    std::string operand = step.s1;
    if (is_program(step.op) && !step.more().w2.empty()) {
        operand = step.more().w2[0];
    } else if (step.op == Op::kSetns) {
        operand = step.subject;
    } else if (step.op == Op::kRlimit) {
        operand = str(step.subject, '=', step.c);
    }
    return {static_cast<std::uint32_t>(step.op), plan::describe(step), std::move(operand)};
}

// spec: ErrorsLimits
std::string no_such_limit(int resource, std::uint64_t wanted)
{
    constexpr std::size_t kMost = 32;
    const auto ceiling = kernel::read_file(kernel::kCwd, "/proc/sys/fs/nr_open", kMost);
    std::uint64_t most = RLIM_INFINITY;
    if (ceiling && resource == RLIMIT_NOFILE) {
        (void)std::from_chars(ceiling->data(), ceiling->data() + ceiling->size(), most);
    }
    if (wanted > most) {
        return str("the hard limit would be ", limit_in_words(wanted), ", fs.nr_open of the host is ", most);
    }
    const auto own = kernel::prlimit(0, resource);
    return str("the hard limit would be ", limit_in_words(wanted), ", the runtime's own is ",
               own ? limit_in_words(own->rlim_max) : "lower", "; raising it needs CAP_SYS_RESOURCE");
}

// spec: RootlessManyMounts
std::string no_more_descriptors()
{
    const auto own = kernel::prlimit(0, RLIMIT_NOFILE);
    return str("RLIMIT_NOFILE of the runtime is ", own ? limit_in_words(own->rlim_max) : "too low",
               ": every bind mount takes one until all are made");
}

std::string no_idmap_hint(std::string_view type)
{
    return str("this kernel does not map ids on ",
               type.empty() ? "this type of file system" : str("file systems of type \"", type, '"'));
}

std::string file_system_at(const std::string &path)
{
    struct statx st = {};
    const auto table = kernel::read_file(kernel::kCwd, "/proc/self/mountinfo", std::size_t{16} << 20);
    if (!table || ::statx(AT_FDCWD, path.c_str(), 0, STATX_MNT_ID, &st) != 0) {
        return "";
    }
    const std::string id = str('\n', st.stx_mnt_id, ' ');
    const std::string lines = str('\n', *table);
    const std::size_t at = lines.find(id);
    return at == std::string::npos
               ? ""
               : type_in(std::string_view(lines).substr(at + 1, lines.find('\n', at + 1) - at - 1));
}

// spec: ErrorsHook, ErrorsMissingSource
Error explain(const LateStep &step, const init::Message &message, FdRef output, const Sought &program)
{
    const Op op = static_cast<Op>(step.op);
    Error cause = is_program(op)    ? explain_program(program, step.operand, message.err)
                  : op == Op::kHook ? explain_hook(message, output)
                                    : explain_call(step, message);
    return std::move(cause).context(step.does);
}

Error advise(Error error, const LateStep &step, std::uint32_t call)
{
    init::Message message{.err = error.err(), .detail = call};
    error.text().copy(message.note, sizeof(message.note) - 1);
    return with_hint(std::move(error), step, message);
}

// spec: ErrorsKilled
Error explain_end(FdRef pidfd, const cgroup::CgroupRecord &cgroup)
{
    (void)kernel::wait_ended(pidfd, -1);
    auto status = kernel::reap(pidfd);
    if (!status) {
        return Error::state("init is gone");
    }
    Error error = Error::state(str("init ", host::in_words(*status)));
    return was_killed(*status) ? std::move(error).hint(killed_hint(cgroup)) : std::move(error);
}

// spec: ErrorsKilled
void warn_of_memory(int status, const cgroup::CgroupRecord &cgroup)
{
    const auto limit = was_killed(status) ? cgroup::memory_limit(cgroup) : std::nullopt;
    if (limit && limit->kills > 0) {
        log::warn(str("the program was killed, and the container had run out of memory: the limit is ",
                      limit->bytes, " bytes, ", limit->file));
    }
}

}  // namespace rt::container
