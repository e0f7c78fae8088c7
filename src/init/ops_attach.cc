// SPDX-License-Identifier: Apache-2.0
//
// A detached mount is given its place.  Where that is gets decided on the opened target, never on its name.
#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>

#include "init/bytes.h"
#include "init/mounts.h"
#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
namespace {

constexpr uint32_t kTypeMask = 0170000, kDirectoryType = 0040000;
constexpr uint64_t kProcRootInode = 1;

/// What may be covered inside of procfs by something else: what lxcfs and CRIU need, nothing a label or a
/// sysctl is written through.
constexpr const char *kCoverable[] = {
    "cpuinfo",
    "diskstats",
    "loadavg",
    "meminfo",
    "slabinfo",
    "stat",
    "swaps",
    "uptime",
    "sys/kernel/ns_last_pid",
    "sys/crypto/fips_enabled",
};

int look(Context &c, int fd, struct statx &st)
{
    return c.sys(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MODE | STATX_INO | STATX_MNT_ID, &st);
}

bool is_directory(const struct statx &st) { return (st.stx_mode & kTypeMask) == kDirectoryType; }

bool same_file(const struct statx &a, const struct statx &b)
{
    return a.stx_ino == b.stx_ino && a.stx_dev_major == b.stx_dev_major && a.stx_dev_minor == b.stx_dev_minor;
}

bool leads_to(Context &c, const char *path, const struct statx &st)
{
    struct statx there = {};
    Holder fd(c, open_in_root(c, path, O_PATH));
    return !fd.failed() && look(c, fd.get(), there) == 0 && same_file(there, st);
}

bool is_coverable(Context &c, const struct statx &st)
{
    for (const char *name : kCoverable) {
        char path[40] = "proc/";
        copy(path + 5, name, length(name) + 1);
        if (leads_to(c, path, st)) {
            return true;
        }
    }
    return false;
}

/// All of a procfs, of whatever pid namespace.  A part of one has other files where labels and sysctls are
/// written to.
bool is_whole_procfs(Context &c, int tree)
{
    struct statx st = {};
    return is_on(c, tree, PROC_SUPER_MAGIC) && look(c, tree, st) == 0 && st.stx_ino == kProcRootInode;
}

// spec: MountProcOnlyProc
int check_place(Context &c, int place, const struct statx &st)
{
    if (c.root_mount == 0) {
        struct statx root = {};
        const int err = look(c, c.root, root);
        if (err < 0) {
            return err;
        }
        c.root_mount = root.stx_mnt_id;
        c.root_inode = root.stx_ino;
    }
    const bool on_root_mount = st.stx_mnt_id == c.root_mount;
    if (on_root_mount && st.stx_ino == c.root_inode) {
        return c.refuse(kOntoRoot, EINVAL);
    }
    const bool on_proc = is_on(c, place, PROC_SUPER_MAGIC);
    if (is_whole_procfs(c, c.tree)) {
        return on_proc && st.stx_ino != kProcRootInode ? c.refuse(kInsideProc, EPERM) : 0;
    }
    if (on_proc) {
        return is_coverable(c, st) ? 0 : c.refuse(kInsideProc, EPERM);
    }
    // /proc itself before procfs is there: a directory of the rootfs
    const bool is_bare_proc = on_root_mount && is_directory(st) && leads_to(c, "proc", st);
    return is_bare_proc ? c.refuse(kInsideProc, EPERM) : 0;
}

/// The target as it is, links not followed in its last component.
int open_real_directory(Context &c, const char *path)
{
    char name[256];
    Holder parent(c, parent_in_root(c, path, name));
    if (parent.get() == -EINVAL) {
        return c.refuse(kOntoRoot, EINVAL);
    }
    if (parent.failed()) {
        return parent.get();
    }
    int fd = -1;
    for (int tries = 0; tries < 2; ++tries) {
        fd = c.sys(__NR_openat, parent.get(), name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
        if (fd != -ENOENT) {
            break;
        }
        const int err = c.sys(__NR_mkdirat, parent.get(), name, 0755);
        if (err < 0 && err != -EEXIST) {
            return err;
        }
    }
    return fd == -ENOTDIR || fd == -ELOOP ? c.refuse(kNotOrdinaryDirectory, ENOTDIR) : fd;
}

int open_place(Context &c, const Record &r)
{
    if ((r.flags & kRealDirectory) != 0) {
        return open_real_directory(c, c.text(r.s1));
    }
    const int fd = open_in_root(c, c.text(r.s1), O_PATH);
    if (fd != -ENOENT) {
        return fd;
    }
    struct statx st = {};
    const int err = look(c, c.tree, st);
    if (err < 0) {
        return err;
    }
    return is_directory(st) ? make_missing_in_root(c, c.text(r.s1), Make::kDirectory, 0755)
                            : make_missing_in_root(c, c.text(r.s1), Make::kFile, 0644);
}

}  // namespace

// spec: MountsDestInRoot
int attach(Context &c, const Record &r)
{
    Holder place(c, open_place(c, r));
    if (place.failed()) {
        return place.get();
    }
    struct statx st = {};
    int err = look(c, place.get(), st);
    if (err == 0) {
        err = check_place(c, place.get(), st);
    }
    if (err == 0 && (r.flags & kTargetMode) != 0) {
        err = c.sys(__NR_fchmodat, c.tree, ".", st.stx_mode & 07777U);
    }
    return err < 0 ? err : move_onto(c, c.tree, place.get());
}

}  // namespace rt::init::ops
