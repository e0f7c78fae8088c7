// SPDX-License-Identifier: Apache-2.0
#include "container/forbidden.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "base/str.h"
#include "container/failure.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

using init::Op;

/// A file of procfs without its last newline; "" where it is not.
std::string proc(const char *path)
{
    constexpr std::size_t kMost = std::size_t{1} << 20;
    auto text = kernel::read_file(kernel::kCwd, str("/proc/", path), kMost);
    if (!text) {
        return {};
    }
    return text->substr(0, text->find_last_not_of('\n') + 1);
}

/// The value behind "CapEff:\t" in /proc/self/status.
std::string status_field(const std::string &name)
{
    const std::string text = str('\n', proc("self/status"));
    const std::string key = str('\n', name, ":\t");
    const std::size_t at = text.find(key);
    return at == std::string::npos ? ""
                                   : text.substr(at + key.size(), text.find('\n', at + 1) - at - key.size());
}

bool has_sys_admin() { return kernel::has_capability(CAP_SYS_ADMIN); }

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

/// Where the kernel itself makes directories to mount on.
constexpr std::string_view kMeantToBeCovered[] = {"/proc/sys/fs/", "/sys/fs/", "/sys/kernel/",
                                                  "/sys/firmware/efi/"};

bool is_meant(std::string_view path)
{
    return std::ranges::any_of(kMeantToBeCovered,
                               [&](std::string_view start) { return path.starts_with(start); });
}

/// A file system of which the kernel lets a user namespace make a new one only where all of an old one is
/// seen.
struct Guarded {
    std::string_view type, place;
};
constexpr Guarded kGuarded[] = {{"proc", "/proc"}, {"sysfs", "/sys"}};

const Guarded *guarded(const LateStep &step)
{
    const auto *row = std::ranges::find(kGuarded, step.operand, &Guarded::type);
    return row == std::end(kGuarded) ? nullptr : row;
}

/// What is mounted below `place`, a few of them; "" when nothing is.
std::string covers_of(std::string_view place)
{
    constexpr int kFew = 3;
    const std::string start = str(' ', place, '/'), table = proc("self/mountinfo");
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

/// What is being done when the kernel says no.
struct Refused {
    const LateStep &step;
    int err;
    std::uint32_t call;
    Op op() const { return static_cast<Op>(step.op); }
    bool makes_user_namespace() const
    {
        return op() == Op::kUnshare && step.does.find("user") != std::string_view::npos;
    }
};

struct Reason {
    bool (*holds)(const Refused &);
    std::string (*text)(const Refused &);
};

bool is_apparmor_confined()
{
    const std::string profile = proc("self/attr/apparmor/current");
    return !profile.empty() && profile != "unconfined";
}

/// The first that holds is told: from what is certain to what is but likely.
constexpr Reason kReasons[] = {
    {[](const Refused &r) { return r.makes_user_namespace() && proc("sys/user/max_user_namespaces") == "0"; },
     [](const Refused &) {
         return std::string("the machine allows no user namespaces: sysctl user.max_user_namespaces is 0");
     }},
    {[](const Refused &r) {
         return r.makes_user_namespace() && r.err == EPERM &&
                proc("sys/kernel/unprivileged_userns_clone") == "0";
     },
     [](const Refused &) {
         return std::string("the machine allows user namespaces to root alone: sysctl "
                            "kernel.unprivileged_userns_clone is 0");
     }},
    {[](const Refused &r) { return r.makes_user_namespace() && r.err == EPERM && in_chroot(); },
     [](const Refused &) {
         return std::string("the runtime was started in a chroot, where nobody may make user namespaces");
     }},
    {[](const Refused &r) {
         return (r.err == EPERM || r.err == EACCES) &&
                proc("sys/kernel/apparmor_restrict_unprivileged_userns") == "1" && !has_sys_admin();
     },
     [](const Refused &) {
         return std::string(
             "AppArmor leaves user namespaces without rights: sysctl "
             "kernel.apparmor_restrict_unprivileged_userns is 1, and no profile lets the runtime");
     }},
    {[](const Refused &r) { return (r.err == EPERM || r.err == EACCES) && is_apparmor_confined(); },
     [](const Refused &r) {
         return str("the AppArmor profile \"", proc("self/attr/apparmor/current"),
                    "\" that the runtime was started under may forbid ", syscall_name(r.call));
     }},
    {[](const Refused &r) {
         const Guarded *of = guarded(r.step);
         return r.err == EPERM && r.op() == Op::kFsMount && of != nullptr && !covers_of(of->place).empty();
     },
     [](const Refused &r) {
         const Guarded *of = guarded(r.step);
         return str("whoever made the container that we are in has covered ", covers_of(of->place),
                    ", and then the kernel makes no new ", of->type, "; bind ", of->place,
                    " instead, or have it uncovered");
     }},
    {[](const Refused &r) {
         return r.err == EPERM && r.op() == Op::kUnshare && !r.makes_user_namespace() && !has_sys_admin() &&
                status_field("Uid").starts_with("0\t");
     },
     [](const Refused &) {
         return std::string(
             "whoever started the runtime has taken CAP_SYS_ADMIN from it; a user namespace in "
             "config.json may do without");
     }},
    {[](const Refused &r) { return (r.err == EPERM || r.err == ENOSYS) && status_field("Seccomp") == "2"; },
     [](const Refused &r) {
         return str("a seccomp filter that the runtime was started under may forbid ", syscall_name(r.call));
     }},
};

/// Steps that need more than files to be there.
constexpr Op kPrivileged[] = {Op::kSetns,    Op::kUnshare, Op::kPropagation, Op::kRoot,
                              Op::kOpenTree, Op::kTree,    Op::kFsMount,     Op::kLegacyMount,
                              Op::kPivot,    Op::kAttach,  Op::kBecomeRoot};

}  // namespace

// spec: ErrorsNested
std::string who_forbids(const LateStep &step, int err, std::uint32_t call)
{
    const bool refused = err == EPERM || err == EACCES || err == ENOSPC || err == EUSERS || err == ENOSYS;
    if (!refused || std::ranges::find(kPrivileged, static_cast<Op>(step.op)) == std::end(kPrivileged)) {
        return {};
    }
    const Refused what{step, err, call};
    for (const Reason &reason : kReasons) {
        if (reason.holds(what)) {
            return reason.text(what);
        }
    }
    return {};
}

}  // namespace rt::container
