// SPDX-License-Identifier: Apache-2.0
//
// The terminal: a pair of the container's own devpts, the master sent out, the slave as stdio and
// /dev/console.
#include <asm/termios.h>
#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "init/bytes.h"
#include "init/mounts.h"
#include "init/ops.h"
#include "init/path.h"
#include "init/talk.h"

namespace rt::init::ops {
namespace {

constexpr uint32_t kTypeMask = 0170000, kCharacterType = 0020000;
constexpr long kDevptsMagic = 0x1cd1;  // DEVPTS_SUPER_MAGIC

/// ptmx of the devpts at /dev/pts; nothing mounted on it, no link, the real multiplexer.
int open_master(Context &c)
{
    Holder pts(c, open_in_root(c, "dev/pts", O_PATH | O_DIRECTORY));
    if (pts.failed()) {
        return pts.get();
    }
    if (!is_on(c, pts.get(), kDevptsMagic)) {
        return c.refuse(kNotDevpts, ENODEV);
    }
    constexpr uint32_t kFlags = O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
    const open_how how = {
        .flags = kFlags, .mode = 0, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
    Holder master(c, c.sys(__NR_openat2, pts.get(), "ptmx", &how, sizeof(how)));
    if (master.get() == -ENOSYS) {
        master.reset(c.sys(__NR_openat, pts.get(), "ptmx", kFlags));
    }
    if (master.failed()) {
        return master.get();
    }
    struct statx st = {};
    const int err = c.sys(__NR_statx, master.get(), "", AT_EMPTY_PATH, STATX_TYPE, &st);
    if (err < 0) {
        return err;
    }
    const bool real = (st.stx_mode & kTypeMask) == kCharacterType && st.stx_rdev_major == 5 &&
                      st.stx_rdev_minor == 2 && is_on(c, master.get(), kDevptsMagic);
    return real ? master.release() : c.refuse(kNotDevpts, ENODEV);
}

int open_slave(Context &c, int master)
{
    const int unlock = 0;
    const int err = c.sys(__NR_ioctl, master, TIOCSPTLCK, &unlock);
    return err < 0 ? err : c.sys(__NR_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int set_size(Context &c, int master, const Record &r)
{
    if (r.a == 0 && r.b == 0) {
        return 0;
    }
    const winsize size = {.ws_row = static_cast<unsigned short>(r.a),
                          .ws_col = static_cast<unsigned short>(r.b),
                          .ws_xpixel = 0,
                          .ws_ypixel = 0};
    return c.sys(__NR_ioctl, master, TIOCSWINSZ, &size);
}

// spec: DefaultDevices
int bind_console(Context &c, int slave)
{
    char name[256];
    Holder parent(c, parent_in_root(c, "dev/console", name));
    if (parent.failed()) {
        return parent.get();
    }
    Holder place(c, make_node_place(c, parent.get(), name, 0600));
    if (place.failed()) {
        return place.get();
    }
    Holder tree(c, clone_tree(c, slave, false));
    return tree.failed() ? tree.get() : move_onto(c, tree.get(), place.get());
}

int send_master(Context &c, int socket, int master)
{
    uint32_t number = 0;
    const int err = c.sys(__NR_ioctl, master, TIOCGPTN, &number);
    if (err < 0) {
        return err;
    }
    char name[32] = "/dev/pts/";
    const uint32_t size = 9 + decimal(name + 9, number);
    return send(c, socket, name, size, master);
}

// spec: ProcTerminal
int become_terminal(Context &c, int slave, bool controls)
{
    int err = controls ? c.sys(__NR_ioctl, slave, TIOCSCTTY, 0) : 0;
    for (int fd = 0; err >= 0 && fd <= 2; ++fd) {
        err = c.sys(__NR_dup3, slave, fd, 0);
    }
    return err < 0 ? err : 0;
}

}  // namespace

int console(Context &c, const Record &r)
{
    Holder socket(c, r.fd);
    Holder master(c, open_master(c));
    if (master.failed()) {
        return master.get();
    }
    Holder slave(c, open_slave(c, master.get()));
    if (slave.failed()) {
        return slave.get();
    }
    int err = set_size(c, master.get(), r);
    if (err == 0 && r.c != 0) {
        err = c.sys(__NR_fchown, slave.get(), r.c, -1);
    }
    const bool whole = (r.flags & kStdioOnly) == 0;
    if (err == 0 && whole) {
        err = bind_console(c, slave.get());
    }
    if (err == 0) {
        err = become_terminal(c, slave.get(), (r.flags & (kStdioOnly | kNoControl)) == 0);
    }
    return err < 0 ? err : send_master(c, socket.get(), master.get());
}

}  // namespace rt::init::ops
