// SPDX-License-Identifier: Apache-2.0
#include <linux/fcntl.h>
#include <linux/if.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>

#include "init/bytes.h"
#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
namespace {

int write_proc(Context &c, const char *path, const char *value)
{
    Holder file(c, open_proc(c, path, O_WRONLY));
    if (file.failed()) {
        return file.get();
    }
    const int n = c.sys(__NR_write, file.get(), value, length(value));
    return n < 0 ? n : 0;
}

}  // namespace

// spec: NSProcInPath, NSPathMatchTypeError
int setns(Context &c, const Record &r)
{
    int fd = r.fd;
    const int err = c.sys(__NR_setns, fd, r.a);
    c.close(fd);
    if (err == 0 && (r.a & CLONE_NEWUSER) != 0) {
        tie_to_parent(c);
    }
    return err;
}

int unshare(Context &c, const Record &r)
{
    const int err = c.sys(__NR_unshare, r.a);
    if (err == 0 && (r.a & CLONE_NEWUSER) != 0) {
        tie_to_parent(c);
    }
    return err;
}

int become_root(Context &c, const Record &r)
{
    if ((r.flags & kNoSetgroups) == 0) {
        const int err = c.sys(__NR_setgroups, 0, 0);
        if (err < 0) {
            return err;
        }
    }
    int err = c.sys(__NR_setresgid, 0, 0, 0);
    if (err == 0) {
        err = c.sys(__NR_setresuid, 0, 0, 0);
    }
    tie_to_parent(c);
    return err;
}

int time_offsets(Context &c, const Record &r)
{
    // A process that cannot be traced owns nothing in /proc/self.
    c.sys(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
    const int err = write_proc(c, "self/timens_offsets", c.text(r.s1));
    c.sys(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    return err;
}

int loopback(Context &c, const Record &)
{
    constexpr int kInet = 2, kDatagram = 2, kCloexec = O_CLOEXEC;
    Holder socket(c, c.sys(__NR_socket, kInet, kDatagram | kCloexec, 0));
    if (socket.failed()) {
        return socket.get();
    }
    ifreq request = {};
    copy(request.ifr_name, "lo", 3);
    int err = c.sys(__NR_ioctl, socket.get(), SIOCGIFFLAGS, &request);
    if (err == 0) {
        request.ifr_flags = static_cast<int16_t>(request.ifr_flags | IFF_UP);
        err = c.sys(__NR_ioctl, socket.get(), SIOCSIFFLAGS, &request);
    }
    return err;
}

// spec: LinuxHostname
int hostname(Context &c, const Record &r)
{
    return c.sys(__NR_sethostname, c.text(r.s1), length(c.text(r.s1)));
}

// spec: LinuxDomainname
int domainname(Context &c, const Record &r)
{
    return c.sys(__NR_setdomainname, c.text(r.s1), length(c.text(r.s1)));
}

// spec: LinuxSysctlSet
int sysctl(Context &c, const Record &r)
{
    Path path;
    if (!path.assign("sys/") || path.size + length(c.text(r.s1)) >= kPathMax) {
        return -ENAMETOOLONG;
    }
    copy(path.text + path.size, c.text(r.s1), length(c.text(r.s1)) + 1);
    return write_proc(c, path.text, c.text(r.s2));
}

}  // namespace rt::init::ops
