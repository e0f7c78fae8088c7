// SPDX-License-Identifier: Apache-2.0
//
// Security modules, and what of the machine they and others keep from containers.
#include <linux/magic.h>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "machine/attempt.h"
#include "machine/finding.h"

namespace rt::machine {
namespace {

bool there(const std::string &path) { return kernel::faccessat(kernel::kCwd, path, F_OK).ok(); }

Finding modules()
{
    if (const auto none = no_procfs()) {
        return *none;
    }
    const std::string list = kernel::text_of("/sys/kernel/security/lsm");
    return !list.empty()                      ? yes(list)
           : there("/proc/self/attr/current") ? no("/sys/kernel/security/lsm cannot be read",
                                                   "mount -t securityfs securityfs /sys/kernel/security")
                                              : no("the kernel has no security modules");
}

Finding apparmor()
{
    constexpr const char *kEnabled = "/sys/module/apparmor/parameters/enabled";
    if (!kernel::text_of(kEnabled).starts_with('Y')) {
        return there(kEnabled) ? no("it is off", "boot with apparmor=1 security=apparmor")
                               : no("the kernel is built without it, or /sys is not to be seen");
    }
    const bool own = there("/proc/self/attr/apparmor");
    const std::string label =
        kernel::text_of(own ? "/proc/self/attr/apparmor/current" : "/proc/self/attr/current");
    return yes(str("we are ", label.empty() ? "unconfined" : label));
}

Finding selinux()
{
    if (const auto none = no_procfs()) {
        return *none;
    }
    if (kernel::text_of("/proc/filesystems").find("\tselinuxfs") == std::string::npos) {
        return no("it is off, or the kernel is built without it", "boot with selinux=1 security=selinux");
    }
    const std::string enforced = kernel::text_of("/sys/fs/selinux/enforce");
    return enforced.empty()
               ? no("on, and /sys/fs/selinux is not mounted", "mount -t selinuxfs selinuxfs /sys/fs/selinux")
               : yes(enforced == "1" ? "enforcing" : "permissive");
}

Finding resctrl()
{
    if (const auto none = no_procfs()) {
        return *none;
    }
    const auto type = kernel::statfs_type("/sys/fs/resctrl");
    return type && *type == RDTGROUP_SUPER_MAGIC ? yes("/sys/fs/resctrl")
           : kernel::text_of("/proc/filesystems").find("\tresctrl") == std::string::npos
               ? no("the processor or the kernel has none")
               : no("it is not mounted", "mount -t resctrl resctrl /sys/fs/resctrl");
}

// clang-format off
constexpr Question kQuestions[] = {
    {"modules",  modules},
    {"AppArmor", apparmor},
    {"SELinux",  selinux},
    {"resctrl",  resctrl},
};
// clang-format on

}  // namespace

Group security() { return {"security", kQuestions}; }

}  // namespace rt::machine
