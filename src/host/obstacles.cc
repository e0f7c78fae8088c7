// SPDX-License-Identifier: Apache-2.0
#include "host/obstacles.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::host {
namespace {

/// Our "/" is not where a mount begins, or not what the first process has.
bool in_chroot()
{
    struct statx root = {};
    if (::statx(AT_FDCWD, "/", 0, STATX_INO, &root) == 0 &&
        (root.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
        (root.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0) {
        return true;
    }
    const auto own = kernel::fstatat(kernel::kCwd, "/", 0),
               first = kernel::fstatat(kernel::kCwd, "/proc/1/root/", 0);
    return own && first && (own->st_ino != first->st_ino || own->st_dev != first->st_dev);
}

struct Reason {
    bool (*holds)(int err);
    Obstacle (*obstacle)();
};

/// The first that holds is told: from what is certain to what is but likely.
constexpr Reason kReasons[] = {
    {[](int err) { return err == ENOSPC && kernel::text_of("/proc/sys/user/max_user_namespaces") == "0"; },
     [] {
         return Obstacle{"the machine allows no user namespaces: sysctl user.max_user_namespaces is 0",
                         "root allows them with sysctl user.max_user_namespaces=10000"};
     }},
    {[](int err) { return err == ENOSPC; },
     [] {
         return Obstacle{str("the limit is reached: user.max_user_namespaces is ",
                             kernel::text_of("/proc/sys/user/max_user_namespaces"),
                             " here, and may be less in a user namespace around us"),
                         "raise it"};
     }},
    {[](int err) { return err == EPERM && in_chroot(); },
     [] {
         return Obstacle{"the runtime was started in a chroot, where nobody may make user namespaces",
                         "pivot_root makes a root in which they may be made"};
     }},
    {[](int err) {
         return err == EPERM && kernel::text_of("/proc/sys/kernel/unprivileged_userns_clone") == "0";
     },
     [] {
         return Obstacle{"the machine allows user namespaces to root alone: sysctl "
                         "kernel.unprivileged_userns_clone is 0",
                         "root allows them with sysctl kernel.unprivileged_userns_clone=1"};
     }},
    {[](int err) { return (err == EPERM || err == EACCES) && no_rights_in_user_namespaces(); },
     [] { return *no_rights_in_user_namespaces(); }},
};

bool has_no_rights(const std::string &path)
{
    const auto file = kernel::fstatat(kernel::kCwd, path, 0);
    char value[64];
    return !(file && file->st_uid == 0 && (file->st_mode & S_ISUID) != 0) &&
           ::getxattr(path.c_str(), "security.capability", value, sizeof value) <= 0;
}

bool is_nosuid(const std::string &path)
{
    struct statvfs there = {};
    return ::statvfs(path.c_str(), &there) == 0 && (there.f_flag & ST_NOSUID) != 0;
}

struct Powerless {
    bool (*holds)(const std::string &path);
    const char *before, *behind;  ///< of the path
    const char *mend;
};
constexpr Powerless kPowerless[] = {
    {[](const std::string &) { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1; },
     "no_new_privs is set on us, with which ", " has no rights",
     "NoNewPrivileges= of the service, or allowPrivilegeEscalation of the pod"},
    {has_no_rights, "", " is neither root's and setuid nor has capabilities",
     "reinstall uidmap (shadow-utils)"},
    {is_nosuid, "", " is on a file system that is mounted nosuid",
     "remount it with suid, or have it elsewhere in PATH"},
};

constexpr const char *kLeaveOut = "leave it out of /linux/namespaces, or have root start the runtime there";

/// What NS_GET_USERNS means by EPERM.
constexpr const char *kOutside = "it belongs to a user namespace outside of the runtime's own";

/// `owner`: our user namespace, or one below.
std::optional<Obstacle> no_rights_below(FdRef owner)
{
    const auto own = kernel::fstatat(kernel::kCwd, "/proc/self/ns/user", 0);
    const auto st = kernel::fstatat(owner, "", AT_EMPTY_PATH);
    uid_t uid = 0;
    if (!own || !st || ::ioctl(owner.get(), NS_GET_OWNER_UID, &uid) != 0) {
        return std::nullopt;
    }
    if (st->st_ino == own->st_ino) {
        return Obstacle{
            str("it belongs to the runtime's own user namespace, where uid ", ::geteuid(), " has no rights"),
            kLeaveOut};
    }
    const std::string whose = str("it belongs to the user namespace user:[", st->st_ino, "] of uid ", uid);
    if (uid != ::geteuid()) {
        return Obstacle{whose, "that user can join it"};
    }
    return Obstacle{
        str(whose, ", where a new one has no rights"),
        "join that one, too, by its path and without mappings, or start the runtime as root of a user "
        "namespace around it (podman unshare does)"};
}

/// Where the kernel itself makes directories to mount on.
constexpr std::string_view kMeantToBeCovered[] = {"/proc/sys/fs/", "/sys/fs/", "/sys/kernel/",
                                                  "/sys/firmware/efi/"};

bool is_meant(std::string_view path)
{
    return std::ranges::any_of(kMeantToBeCovered,
                               [&](std::string_view start) { return path.starts_with(start); });
}

}  // namespace

std::string sentence(const Obstacle &obstacle) { return str(obstacle.who, "; ", obstacle.mend); }

std::optional<Obstacle> no_user_namespace(int err)
{
    const auto *const found =
        std::ranges::find_if(kReasons, [&](const Reason &reason) { return reason.holds(err); });
    return found == std::end(kReasons) ? std::nullopt : std::optional(found->obstacle());
}

std::optional<Obstacle> no_rights_in_user_namespaces()
{
    if (kernel::text_of("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") != "1" ||
        kernel::has_capability(CAP_SYS_ADMIN)) {
        return std::nullopt;
    }
    return Obstacle{"AppArmor leaves user namespaces without rights: sysctl "
                    "kernel.apparmor_restrict_unprivileged_userns is 1, and no profile lets the runtime",
                    "load a profile for it that has \"userns,\", or sysctl "
                    "kernel.apparmor_restrict_unprivileged_userns=0"};
}

// spec: JoinWhose
std::optional<Obstacle> no_rights_in(const std::string &path)
{
    const auto joined = kernel::openat(kernel::kCwd, path, O_RDONLY);
    if (!joined || ::ioctl(joined->get(), NS_GET_NSTYPE) == CLONE_NEWUSER) {
        return std::nullopt;
    }
    const Fd owner(::ioctl(joined->get(), NS_GET_USERNS));
    if (!owner.open()) {
        return errno == EPERM ? std::optional(Obstacle{kOutside, kLeaveOut}) : std::nullopt;
    }
    return kernel::has_capability(CAP_SYS_ADMIN) ? std::nullopt : no_rights_below(owner);
}

std::optional<Obstacle> no_rights_for(const std::string &path)
{
    const auto *const found =
        std::ranges::find_if(kPowerless, [&](const Powerless &row) { return row.holds(path); });
    return found == std::end(kPowerless)
               ? std::nullopt
               : std::optional(Obstacle{str(found->before, '"', path, '"', found->behind), found->mend});
}

bool in_seccomp_filter()
{
    return str('\n', kernel::text_of("/proc/self/status")).find("\nSeccomp:\t2") != std::string::npos;
}

std::string covers_of(std::string_view place)
{
    constexpr int kFew = 3;
    const std::string start = str(' ', place, '/'), table = kernel::text_of("/proc/self/mountinfo");
    std::string names;
    int count = 0;
    for (std::size_t at = table.find(start); at != std::string::npos; at = table.find(start, at + 1)) {
        const std::string name = table.substr(at + 1, table.find(' ', at + 1) - at - 1);
        if (!is_meant(name) && count++ < kFew) {
            names += str(names.empty() ? "" : ", ", name);
        }
    }
    return count > kFew ? str(names, ", ...") : names;
}

}  // namespace rt::host
