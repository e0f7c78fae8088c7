// SPDX-License-Identifier: Apache-2.0
#include "container/forbidden.h"

#include <linux/capability.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "base/str.h"
#include "container/failure.h"
#include "host/obstacles.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

using init::Op;

bool has_sys_admin() { return kernel::has_capability(CAP_SYS_ADMIN); }

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

bool is_read_only(std::string_view place)
{
    struct statvfs there = {};
    return ::statvfs(std::string(place).c_str(), &there) == 0 && (there.f_flag & ST_RDONLY) != 0;
}

/// What is being done when the kernel says no.
struct Refused {
    const LateStep &step;
    int err;
    std::uint32_t call;
    Op op() const { return static_cast<Op>(step.op); }
    /// Of a namespace by its path; exec has the container's name.
    bool is_join() const { return op() == Op::kSetns && err == EPERM && step.operand.starts_with('/'); }
    bool makes_user_namespace() const
    {
        return op() == Op::kUnshare && step.does.find("user") != std::string_view::npos;
    }
};

struct Reason {
    bool (*holds)(const Refused &);
    std::string (*text)(const Refused &);
};

constexpr const char *kProfile = "/proc/self/attr/apparmor/current";

/// By a profile that forbids something: of some the mode behind the name says that they do not.
bool is_apparmor_confined()
{
    const std::string profile = kernel::text_of(kProfile);
    return !profile.empty() && profile != "unconfined" && !profile.ends_with(" (unconfined)") &&
           !profile.ends_with(" (complain)");
}

bool is_label(const LateStep &step)
{
    return static_cast<Op>(step.op) == Op::kWrite && step.operand.starts_with("self/attr/");
}

/// The first that holds is told: from what is certain to what is but likely.
constexpr Reason kReasons[] = {
    {[](const Refused &r) { return r.makes_user_namespace() && host::no_user_namespace(r.err); },
     [](const Refused &r) { return sentence(*host::no_user_namespace(r.err)); }},
    {[](const Refused &r) {
         return (r.err == EPERM || r.err == EACCES) && host::no_rights_in_user_namespaces().has_value();
     },
     [](const Refused &) { return sentence(*host::no_rights_in_user_namespaces()); }},
    {[](const Refused &r) { return r.is_join() && host::no_rights_in(r.step.operand).has_value(); },
     [](const Refused &r) { return sentence(*host::no_rights_in(r.step.operand)); }},
    {[](const Refused &r) { return r.err == EACCES && is_label(r.step) && is_apparmor_confined(); },
     [](const Refused &) {
         return str("the AppArmor profile \"", kernel::text_of(kProfile),
                    "\" that the runtime was started under lets it choose no other: it takes a rule "
                    "change_profile");
     }},
    {[](const Refused &r) { return (r.err == EPERM || r.err == EACCES) && is_apparmor_confined(); },
     [](const Refused &r) {
         return str("the AppArmor profile \"", kernel::text_of(kProfile),
                    "\" that the runtime was started under may forbid ", syscall_name(r.call));
     }},
    {[](const Refused &r) {
         const Guarded *of = guarded(r.step);
         return r.err == EPERM && r.op() == Op::kFsMount && of != nullptr &&
                !host::covers_of(of->place).empty();
     },
     [](const Refused &r) {
         const Guarded *of = guarded(r.step);
         return str("whoever made the container that we are in has covered ", host::covers_of(of->place),
                    ", and then the kernel makes no new ", of->type, "; bind ", of->place,
                    " instead, or have it uncovered");
     }},
    {[](const Refused &r) {
         const Guarded *of = guarded(r.step);
         return r.err == EPERM && r.op() == Op::kFsMount && of != nullptr && is_read_only(of->place);
     },
     [](const Refused &r) {
         const Guarded *of = guarded(r.step);
         return str(of->place, " around us is read-only, and then the kernel makes a new ", of->type,
                    " with the option ro alone; give the mount that, or bind ", of->place);
     }},
    {[](const Refused &r) {
         return r.err == EPERM && r.op() == Op::kUnshare && !r.makes_user_namespace() && !has_sys_admin() &&
                ::geteuid() == 0;
     },
     [](const Refused &) {
         return std::string(
             "whoever started the runtime has taken CAP_SYS_ADMIN from it; a user namespace in "
             "config.json may do without");
     }},
    {[](const Refused &r) { return (r.err == EPERM || r.err == ENOSYS) && host::in_seccomp_filter(); },
     [](const Refused &r) {
         return str("a seccomp filter that the runtime was started under may forbid ", syscall_name(r.call));
     }},
};

/// Steps that need more than files to be there.
constexpr Op kPrivileged[] = {Op::kSetns,    Op::kUnshare, Op::kPropagation, Op::kRoot,
                              Op::kOpenTree, Op::kTree,    Op::kFsMount,     Op::kLegacyMount,
                              Op::kPivot,    Op::kAttach,  Op::kBecomeRoot};
/// Podman's filter forbids these to whom it lets make namespaces.
constexpr std::uint32_t kPrivilegedCalls[] = {__NR_sethostname, __NR_setdomainname};

bool is_privileged(const LateStep &step, std::uint32_t call)
{
    const Op op = static_cast<Op>(step.op);
    return is_label(step) || std::ranges::find(kPrivileged, op) != std::end(kPrivileged) ||
           (op == Op::kCall && std::ranges::find(kPrivilegedCalls, call) != std::end(kPrivilegedCalls));
}

}  // namespace

// spec: ErrorsNested
std::string who_forbids(const LateStep &step, int err, std::uint32_t call)
{
    const bool refused = err == EPERM || err == EACCES || err == ENOSPC || err == EUSERS || err == ENOSYS;
    if (!refused || !is_privileged(step, call)) {
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
