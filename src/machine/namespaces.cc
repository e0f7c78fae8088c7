// SPDX-License-Identifier: Apache-2.0
//
// Namespaces that we may make, alone or, without privileges, in a user namespace; and what may be mounted
// there.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/str.h"
#include "host/obstacles.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/raw.h"
#include "kernel/release.h"
#include "machine/attempt.h"
#include "machine/finding.h"

namespace rt::machine {
namespace {

using raw::call;
using raw::word;

struct Space {
    const char *name;  ///< of /proc/sys/user/max_NAME_namespaces
    const char *file;  ///< of /proc/self/ns
    std::uint64_t flag;
};
constexpr auto kSpaces = std::to_array<Space>({
    {"cgroup", "cgroup", CLONE_NEWCGROUP},
    {"ipc", "ipc", CLONE_NEWIPC},
    {"mnt", "mnt", CLONE_NEWNS},
    {"net", "net", CLONE_NEWNET},
    {"pid", "pid", CLONE_NEWPID},
    {"time", "time", CLONE_NEWTIME},
    {"user", "user", CLONE_NEWUSER},
    {"uts", "uts", CLONE_NEWUTS},
});

template <std::size_t I>
long unshare_one()
{
    const bool user = kSpaces[I].flag == CLONE_NEWUSER;
    const long gained = user ? 0 : gain_rights();
    return gained < 0 ? gained : call(__NR_unshare, word(kSpaces[I].flag));
}

/// Why unshare(2) said `err`.
Finding refusal(const Space &space, int err)
{
    const std::string limit = str("/proc/sys/user/max_", space.name, "_namespaces");
    if (!kernel::faccessat(kernel::kCwd, str("/proc/self/ns/", space.file), F_OK)) {
        return no("the kernel is built without it");
    }
    if (err == ENOSPC) {
        return no(
            str("the limit is reached: user.max_", space.name, "_namespaces is ", kernel::text_of(limit)),
            str("raise \"", limit, "\""));
    }
    return no(in_words(err), host::in_seccomp_filter() ? "the seccomp filter around us has to allow unshare"
                                                       : "a security module around us may forbid it");
}

template <std::size_t I>
Finding space_row()
{
    if (const auto none = kSpaces[I].flag == CLONE_NEWUSER ? no_root() : no_rights()) {
        return *none;
    }
    const int err = attempt(unshare_one<I>);
    return err != 0                                ? refusal(kSpaces[I], err)
           : kernel::has_capability(CAP_SYS_ADMIN) ? yes()
           : kSpaces[I].flag == CLONE_NEWUSER      ? yes()
                                                   : yes("in a user namespace");
}

/// What `mount_it` answers in namespaces `flags` of a user namespace of its own, as a container of an
/// ordinary user has it.
template <class Mount>
long mount_in(std::uint64_t flags, Mount mount_it)
{
    if (const long made = become_root(flags | CLONE_NEWNS); made < 0) {
        return made;
    }
    // Whoever is to see a new pid namespace has to be born in it.
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::_exit(mount_it() == 0 ? 0 : errno);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -EPERM;
}

template <const char *const &Type, unsigned long Flags>
int mount_at_root()
{
    return ::mount(Type, "/", Type, Flags, "");
}

/// What a user namespace may mount anew where the old one, at `place`, is neither covered nor read-only.
struct Shown {
    const char *place;
    long (*mount_it)(), (*mount_read_only)();
};

constexpr const char *kProc = "proc", *kSysfs = "sysfs";

template <const char *const &Type, std::uint64_t Space>
constexpr Shown shown(const char *place)
{
    return {place, [] { return mount_in(Space, mount_at_root<Type, 0>); },
            [] { return mount_in(Space, mount_at_root<Type, MS_RDONLY>); }};
}
constexpr Shown kShown[] = {shown<kProc, CLONE_NEWPID>("/proc"), shown<kSysfs, CLONE_NEWNET>("/sys")};

template <std::size_t I>
Finding mounted()
{
    const Shown &it = kShown[I];
    if (const auto none = no_root()) {
        return *none;
    }
    const int err = attempt(it.mount_it);
    const std::string covers = host::covers_of(it.place);
    return err == 0 ? yes()
           : err == EPERM && attempt(it.mount_read_only) == 0
               ? no(str("read-only alone, as ", it.place, " around us is"), "give its mount the option ro")
           : err == EPERM && !covers.empty()
               ? no(str("whoever made the container that we are in has covered ", covers),
                    str("bind ", it.place, " instead of mounting it, or have it uncovered"))
               : no(in_words(err));
}

/// Of two folders of a new tmpfs: below one of the machine's something may be mounted, and then it is none
/// for an overlay of a user namespace.
int mount_overlay()
{
    for (const char *folder : {"/usr", "/etc", "/dev", "/proc"}) {
        if (::chdir(folder) == 0) {
            const bool ready = ::mount("tmpfs", folder, "tmpfs", 0, "") == 0 && ::chdir(folder) == 0 &&
                               ::mkdir("a", 0755) == 0 && ::mkdir("b", 0755) == 0;
            return ready ? ::mount("overlay", ".", "overlay", 0, "lowerdir=a:b") : -1;
        }
    }
    return -1;
}

Finding overlay()
{
    if (const auto none = no_root()) {
        return *none;
    }
    const int err = attempt([] { return mount_in(0, mount_overlay); });
    return err == 0        ? yes()
           : err == ENODEV ? no("the kernel has no overlay, or may not load it", "modprobe overlay")
           : err == EPERM && !(kernel::release_of(kernel::release()) >= kernel::Release{5, 11})
               ? no(str("it came with Linux 5.11; this is ", kernel::release()), "fuse-overlayfs does it")
               : no(in_words(err));
}

Finding initial()
{
    return kernel::is_in_initial_user_namespace() ? yes() : no("we are in a user namespace ourselves");
}

// clang-format off
constexpr Question kQuestions[] = {
    {"cgroup",            space_row<0>},
    {"ipc",               space_row<1>},
    {"mount",             space_row<2>},
    {"network",           space_row<3>},
    {"pid",               space_row<4>},
    {"time",              space_row<5>},
    {"user",              space_row<6>},
    {"uts",               space_row<7>},
    {"initial user",      initial},
    {"proc, rootless",    mounted<0>},
    {"sysfs, rootless",   mounted<1>},
    {"overlay, rootless", overlay},
};
// clang-format on

}  // namespace

Group namespaces() { return {"namespaces", kQuestions}; }

}  // namespace rt::machine
