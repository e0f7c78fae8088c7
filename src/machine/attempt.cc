// SPDX-License-Identifier: Apache-2.0
#include "machine/attempt.h"

#include <linux/capability.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/str.h"
#include "host/obstacles.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/raw.h"
#include "kernel/retry.h"

namespace rt::machine {
namespace {

struct Reason {
    bool (*holds)(int err);
    const char *who, *mend;
};
/// Why the maps of a user namespace that we may make can't be written.
constexpr Reason kNoMaps[] = {
    {[](int err) { return err == EPERM && ::geteuid() == 0 && !kernel::has_capability(CAP_SETFCAP); },
     "mapping uid 0 takes CAP_SETFCAP, and whoever started us has taken it away",
     "a container around us needs --cap-add SETFCAP"},
    {[](int err) { return err == ENOENT; },
     "/proc is not there, where the maps of user namespaces are written", "mount -t proc proc /proc"},
    {[](int err) { return err == EROFS; },
     "/proc is mounted read-only, where the maps of user namespaces are written",
     "whoever made the container that we are in has to mount it writable"},
};

}  // namespace

int attempt(long (*what)())
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        const long ret = what();
        ::_exit(ret < 0 ? static_cast<int>(-ret) : 0);
    }
    int status = 0;
    if (pid < 0) {
        return errno;
    }
    (void)kernel::retry([&] { return ::waitpid(pid, &status, 0); });
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

long gain_rights()
{
    return kernel::has_capability(CAP_SYS_ADMIN) ? 0 : raw::call(__NR_unshare, CLONE_NEWUSER);
}

std::optional<Finding> no_rights()
{
    return kernel::has_capability(CAP_SYS_ADMIN) ? std::nullopt : no_user_namespace();
}

std::optional<Finding> no_user_namespace()
{
    const int err = attempt([] { return raw::call(__NR_unshare, CLONE_NEWUSER); });
    if (err == 0) {
        return std::nullopt;
    }
    if (const auto obstacle = host::no_user_namespace(err)) {
        return no(obstacle->who, obstacle->mend);
    }
    return no(str("no user namespace: ", in_words(err)),
              host::in_seccomp_filter() ? "the seccomp filter around us has to allow unshare, clone and mount"
                                        : "a security module around us may forbid it");
}

std::optional<Finding> no_procfs()
{
    const auto type = kernel::statfs_type("/proc");
    return type && *type == PROC_SUPER_MAGIC
               ? std::nullopt
               : std::optional(no("/proc is not there, which tells of it", "mount -t proc proc /proc"));
}

long become_root(std::uint64_t flags)
{
    const std::string users = str("0 ", ::geteuid(), " 1"), groups = str("0 ", ::getegid(), " 1");
    const long made = raw::call(__NR_unshare, raw::word(flags | CLONE_NEWUSER));
    if (made < 0) {
        return made;
    }
    for (const auto &[file, text] :
         {std::pair{"setgroups", std::string("deny")}, {"uid_map", users}, {"gid_map", groups}}) {
        const Status written = kernel::write_file(kernel::kCwd, str("/proc/self/", file), text);
        if (!written) {
            return -written.error().err();
        }
    }
    return 0;
}

// spec: CliInfoWhy
std::optional<Finding> no_root()
{
    if (const auto none = no_user_namespace()) {
        return none;
    }
    const int err = attempt([] { return become_root(); });
    if (err == 0) {
        return std::nullopt;
    }
    if (const auto obstacle = host::no_rights_in_user_namespaces()) {
        return no(obstacle->who, obstacle->mend);
    }
    const auto *const found =
        std::ranges::find_if(kNoMaps, [&](const Reason &reason) { return reason.holds(err); });
    return found == std::end(kNoMaps) ? no(str("the maps of a user namespace: ", in_words(err)))
                                      : no(found->who, found->mend);
}

std::string in_words(int err) { return ::strerrordesc_np(err) != nullptr ? ::strerrordesc_np(err) : "?"; }

}  // namespace rt::machine
