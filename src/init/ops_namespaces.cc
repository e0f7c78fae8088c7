// SPDX-License-Identifier: Apache-2.0
#include <linux/fcntl.h>
#include <linux/if.h>
#include <linux/sched.h>
#include <linux/sockios.h>

#include "init/bytes.h"
#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
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
    int err = c.sys(__NR_setresgid, r.b, r.b, r.b);
    if (err == 0) {
        err = c.sys(__NR_setresuid, r.a, r.a, r.a);
    }
    tie_to_parent(c);
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

}  // namespace rt::init::ops
