// SPDX-License-Identifier: Apache-2.0
#include "container/host.h"

#include <linux/capability.h>
#include <linux/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "cgroup/probe.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/raw.h"

namespace rt::container {
namespace {

int last_capability()
{
    int last = plan::Host{}.last_capability;
    while (last > 0 && ::prctl(PR_CAPBSET_READ, last, 0, 0, 0) < 0) {
        --last;
    }
    while (last < 63 && ::prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0) {
        ++last;
    }
    return last;
}

Result<std::uint64_t> permitted_capabilities()
{
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
    const long ret = raw::call(__NR_capget, raw::word(&header), raw::word(data));
    if (ret < 0) {
        return Error::kernel(static_cast<int>(-ret), "capget()");
    }
    return std::uint64_t{data[0].permitted} | std::uint64_t{data[1].permitted} << 32;
}

bool apparmor_is_on()
{
    constexpr const char *kSwitch = "/sys/module/apparmor/parameters/enabled";
    const auto text = kernel::read_file(kernel::kCwd, kSwitch, 16);
    return text.ok() && text->starts_with('Y');
}

}  // namespace

plan::Lsm probe_lsm(FdRef procfs)
{
    constexpr std::size_t kMost = 1 << 16;
    plan::Lsm lsm;
    lsm.apparmor = apparmor_is_on();
    lsm.own_directory = kernel::fstatat(procfs, "self/attr/apparmor", 0).ok();
    // Its own file system is there if it was not switched off at boot, mounted or not.
    const auto file_systems = kernel::read_file(procfs, "filesystems", kMost);
    lsm.selinux = file_systems.ok() && file_systems->find("\tselinuxfs\n") != std::string::npos;
    return lsm;
}

bool proc_takes_pidns()
{
    const Fd context(static_cast<int>(raw::call(__NR_fsopen, raw::word("proc"), FSOPEN_CLOEXEC)));
    return context.open() && raw::call(__NR_fsconfig, context.get(), FSCONFIG_SET_STRING, raw::word("pidns"),
                                       raw::word("/proc/self/ns/pid"), 0) == 0;
}

Result<plan::Host> probe_host(FdRef procfs)
{
    TRY_LET(host, probe_rights(procfs));
    TRY_LET(cgroups, cgroup::probe());
    host.cgroups = std::move(cgroups);
    return host;
}

Result<plan::Host> probe_rights(FdRef procfs)
{
    plan::Host host;
    host.last_capability = last_capability();
    TRY_LET(permitted, permitted_capabilities());
    host.capabilities = permitted;
    TRY_LET(user_namespace, kernel::fstatat(procfs, "self/ns/user", 0));
    host.mount_setattr = raw::call(__NR_mount_setattr, -1, 0, 0, 0, 0) != -ENOSYS;
    host.uid = ::geteuid();
    host.gid = ::getegid();
    host.privileged = host.uid == 0 && user_namespace.st_ino == kernel::kInitialUserNamespace &&
                      (permitted >> CAP_SYS_ADMIN & 1) != 0;
    return host;
}

}  // namespace rt::container
