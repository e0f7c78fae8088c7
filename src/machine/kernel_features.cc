// SPDX-License-Identifier: Apache-2.0
//
// System calls that the runtime uses, or whose absence it makes up for.
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/str.h"
#include "cgroup/probe.h"
#include "host/obstacles.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/raw.h"
#include "kernel/release.h"
#include "machine/attempt.h"
#include "machine/finding.h"
#include "machine/id_mapped.h"

namespace rt::machine {
namespace {

using raw::call;
using raw::word;

/// The answer about a call that came with `since`, from what it said: 0, or an errno.
Finding verdict(int err, kernel::Release since)
{
    if (err == 0) {
        return yes();
    }
    const std::string release = kernel::release();
    if ((err == ENOSYS || err == EINVAL) && !(kernel::release_of(release) >= since)) {
        return no(str("it came with Linux ", since.major, '.', since.minor, "; this is ", release));
    }
    return (err == ENOSYS || err == EPERM) && host::in_seccomp_filter()
               ? no(in_words(err),
                    "a seccomp filter around us may hide it: see that of the container or service we are in")
           : err == ENOSYS ? no("the kernel is built without it")
                           : no(in_words(err));
}

long new_child(clone_args &arguments)
{
    arguments.exit_signal = SIGCHLD;
    const long pid = call(__NR_clone3, word(&arguments), sizeof arguments);
    if (pid == 0) {
        call(__NR_exit_group, 0);
    }
    if (pid < 0) {
        return pid;
    }
    int status = 0;
    ::waitpid(static_cast<pid_t>(pid), &status, 0);
    return WIFEXITED(status) ? 0 : -EPERM;
}

Finding clone3_()
{
    return verdict(attempt([] {
                       clone_args arguments = {};
                       return new_child(arguments);
                   }),
                   {5, 3});
}

/// Into the cgroup that we are in anyway.
long clone_into_own_cgroup()
{
    const auto host = cgroup::probe();
    for (const plan::Hierarchy &hierarchy : host ? host->hierarchies : std::vector<plan::Hierarchy>()) {
        const auto dir = hierarchy.v2 ? kernel::openat(kernel::kCwd, hierarchy.mount + hierarchy.own,
                                                       O_RDONLY | O_DIRECTORY)
                                      : Result<Fd>(Fd());
        if (dir && dir->open()) {
            clone_args arguments = {};
            arguments.flags = CLONE_INTO_CGROUP;
            arguments.cgroup = static_cast<std::uint64_t>(dir->get());
            return new_child(arguments);
        }
    }
    return -ENODEV;
}

Finding clone_into_cgroup()
{
    const int err = attempt(clone_into_own_cgroup);
    return err == ENODEV   ? no("no cgroup v2 is mounted that could be tried")
           : err == EACCES ? no("our own cgroup belongs to somebody else",
                                "containers get theirs through cgroup.procs, if at all")
                           : verdict(err, {5, 7});
}

Finding pidfds()
{
    return verdict(attempt([] {
                       const long fd = call(__NR_pidfd_open, ::getpid(), 0);
                       return fd < 0 ? fd : call(__NR_pidfd_send_signal, fd, 0, 0, 0);
                   }),
                   {5, 3});
}

Finding openat2_()
{
    return verdict(attempt([] {
                       open_how how = {};
                       how.flags = O_PATH | O_CLOEXEC;
                       how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
                       return call(__NR_openat2, AT_FDCWD, word("/"), word(&how), sizeof how);
                   }),
                   {5, 6});
}

Finding close_range_()
{
    return verdict(attempt([] { return call(__NR_close_range, 1000000, ~0U, CLOSE_RANGE_CLOEXEC); }),
                   {5, 11});
}

/// With the rights of a mount namespace of its own.
long enter_mount_namespace()
{
    const long gained = gain_rights();
    return gained < 0 ? gained : call(__NR_unshare, CLONE_NEWNS);
}

long new_file_system()
{
    if (const long entered = enter_mount_namespace(); entered < 0) {
        return entered;
    }
    const long context = call(__NR_fsopen, word("tmpfs"), FSOPEN_CLOEXEC);
    if (context < 0) {
        return context;
    }
    const long made = call(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
    return made < 0 ? made : call(__NR_fsmount, context, FSMOUNT_CLOEXEC, 0);
}

/// Of a call that takes the rights of a mount namespace of its own.
Finding with_rights(long (*what)(), kernel::Release since)
{
    const auto none = no_rights();
    return none ? *none : verdict(attempt(what), since);
}

Finding mount_api() { return with_rights(new_file_system, {5, 2}); }

Finding mount_setattr_()
{
    return with_rights(
        []() -> long {
            const long tree = new_file_system();
            if (tree < 0) {
                return tree;
            }
            mount_attr attributes = {};
            attributes.attr_set = MOUNT_ATTR_RDONLY;
            return call(__NR_mount_setattr, tree, word(""), AT_EMPTY_PATH, word(&attributes),
                        sizeof attributes);
        },
        {5, 12});
}

struct Word {
    unsigned value;
    std::string_view name;
};

/// The names of those that `have` is true of, with blanks between.
template <std::size_t N>
std::string names_of(const Word (&words)[N], bool (*have)(unsigned))
{
    std::string names;
    for (const Word &one : words) {
        if (have(one.value)) {
            names += str(names.empty() ? "" : " ", one.name);
        }
    }
    return names;
}

constexpr Word kActions[] = {
    {SECCOMP_RET_KILL_PROCESS, "kill_process"},
    {SECCOMP_RET_KILL_THREAD, "kill_thread"},
    {SECCOMP_RET_TRAP, "trap"},
    {SECCOMP_RET_ERRNO, "errno"},
    {SECCOMP_RET_TRACE, "trace"},
    {SECCOMP_RET_LOG, "log"},
    {SECCOMP_RET_ALLOW, "allow"},
    {SECCOMP_RET_USER_NOTIF, "notify"},
};

Finding seccomp_()
{
    const std::string names = names_of(kActions, [](unsigned action) {
        return call(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, word(&action)) == 0;
    });
    return names.empty() ? no("the kernel is built without it") : yes(names);
}

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
constexpr Word kFilterFlags[] = {
    {SECCOMP_FILTER_FLAG_TSYNC, "tsync"},
    {SECCOMP_FILTER_FLAG_LOG, "log"},
    {SECCOMP_FILTER_FLAG_SPEC_ALLOW, "spec_allow"},
    {SECCOMP_FILTER_FLAG_NEW_LISTENER, "new_listener"},
    {SECCOMP_FILTER_FLAG_TSYNC_ESRCH, "tsync_esrch"},
    {SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FILTER_FLAG_NEW_LISTENER, "wait_killable_recv"},
};

Finding seccomp_flags()
{
    // A flag that the kernel knows gets it as far as the filter, of which there is none.
    const std::string names = names_of(kFilterFlags, [](unsigned flags) {
        return call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, 0) == -EFAULT;
    });
    return names.empty() ? no("none is known") : yes(names);
}

Finding sealed_programs()
{
    const int err = attempt([]() -> long {
        constexpr unsigned kExec = 0x10;  // MFD_EXEC
        long fd = call(__NR_memfd_create, word("probe"), MFD_CLOEXEC | MFD_ALLOW_SEALING | kExec);
        if (fd == -EINVAL) {
            fd = call(__NR_memfd_create, word("probe"), MFD_CLOEXEC | MFD_ALLOW_SEALING);
        }
        struct stat file = {};
        return fd < 0                                                                       ? fd
               : ::fstat(static_cast<int>(fd), &file) == 0 && (file.st_mode & S_IXUSR) != 0 ? 0
                                                                                            : -EACCES;
    });
    return err == 0
               ? yes()
               : no(str(in_words(err), ": vm.memfd_noexec is ", kernel::text_of("/proc/sys/vm/memfd_noexec")),
                    "the runtime falls back to a file without a name in the state directory");
}

Finding landlock_()
{
    const long version = call(__NR_landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version > 0 ? yes(str("version ", version))
           : version == -EOPNOTSUPP
               ? no("it was not switched on at boot", "add landlock to the kernel's lsm= argument")
               : verdict(static_cast<int>(-version), {5, 13});
}

// clang-format off
constexpr Question kQuestions[] = {
    {"clone3",            clone3_},
    {"CLONE_INTO_CGROUP", clone_into_cgroup},
    {"pidfd",             pidfds},
    {"openat2",           openat2_},
    {"close_range",       close_range_},
    {"mount API",         mount_api},
    {"mount_setattr",     mount_setattr_},
    {"id-mapped mounts",  id_mapped_mounts},
    {"sealed programs",   sealed_programs},
    {"seccomp",           seccomp_},
    {"seccomp flags",     seccomp_flags},
    {"landlock",          landlock_},
};
// clang-format on

}  // namespace

Group kernel_features() { return {"kernel", kQuestions}; }

}  // namespace rt::machine
