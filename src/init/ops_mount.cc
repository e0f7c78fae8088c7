// SPDX-License-Identifier: Apache-2.0
//
// Mounts before they are anywhere: made detached, attributes set, seen by nobody.
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "init/bytes.h"
#include "init/mounts.h"
#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
namespace {

void take(Context &c, int tree)
{
    c.close(c.tree);
    c.tree = tree;
}

int open_source(Context &c, const Record &r)
{
    const uint32_t recursive = (r.flags & kRecursive) != 0 ? 0x8000 : 0;  // AT_RECURSIVE
    const uint32_t nofollow = (r.flags & kNoFollow) != 0 ? AT_SYMLINK_NOFOLLOW : 0;
    return c.sys(__NR_open_tree, AT_FDCWD, c.text(r.s1),
                 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive | nofollow);
}

/// Makes the superblock of the fs context and a detached mount of it.
int make_mount(Context &c, int context, const Record &r)
{
    int err = 0;
    if (r.s2 != 0) {
        err = fsconfig(c, context, FSCONFIG_SET_STRING, "source", c.text(r.s2));
    }
    if (err == 0) {
        err = configure(c, context, words(c, r.s3));
    }
    if (err == 0) {
        err = fsconfig(c, context, FSCONFIG_CMD_CREATE, nullptr, nullptr);
    }
    return err < 0 ? err : c.sys(__NR_fsmount, context, FSMOUNT_CLOEXEC, r.a);
}

uint64_t mount_of(Context &c, const char *path)
{
    struct statx st = {};
    return c.sys(__NR_statx, AT_FDCWD, path, 0, STATX_MNT_ID, &st) == 0 ? st.stx_mnt_id : 0;
}

constexpr const char *kTop = "/..";  // "/" is what it was when something is mounted on it, this is the new

/// Detaches what lies over our root, which is not `before`.
int take_off_top(Context &c, uint64_t before)
{
    constexpr uint32_t kDetach = 2;  // MNT_DETACH
    if (mount_of(c, kTop) == before) {
        return -EINVAL;  // the next call would take the root itself away
    }
    Holder tree(c, c.sys(__NR_open_tree, AT_FDCWD, kTop, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    const int err = c.sys(__NR_umount2, kTop, kDetach);
    return err < 0 ? err : tree.release();
}

}  // namespace

int open_tree(Context &c, const Record &r)
{
    if (r.b >= c.header().count) {
        return c.refuse(kMalformed, EBADMSG);
    }
    int &fd = c.record(static_cast<uint32_t>(r.b)).fd;
    const int own = open_source(c, r);
    if (own == -EACCES && fd >= 0) {
        return 0;
    }
    c.close(fd);
    if (own < 0) {
        return own == -ENOENT && (r.flags & kMayBeLate) != 0 ? 0 : own;
    }
    fd = own;
    return 0;
}

int tree(Context &c, const Record &r)
{
    const int fd = r.fd >= 0 ? r.fd : open_source(c, r);
    if (fd < 0) {
        return fd;
    }
    take(c, fd);
    return 0;
}

int keep(Context &c, const Record &r)
{
    if (r.b >= c.header().count) {
        return c.refuse(kMalformed, EBADMSG);
    }
    c.record(static_cast<uint32_t>(r.b)).fd = c.tree;
    c.tree = -1;
    return 0;
}

int fs_mount(Context &c, const Record &r)
{
    Holder context(c, c.sys(__NR_fsopen, c.text(r.s1), FSOPEN_CLOEXEC));
    if (context.failed()) {
        return context.get();
    }
    const int fd = make_mount(c, context.get(), r);
    if (fd == -EINVAL && (r.flags & kMayFail) != 0) {
        c.close(c.tree);
        return 0;
    }
    if (fd < 0) {
        return fd;
    }
    take(c, fd);
    return 0;
}

int legacy_mount(Context &c, const Record &r)
{
    if ((r.flags & kInstead) != 0 && c.tree >= 0) {
        return 0;
    }
    // Where it is seen by nobody and nothing of the container is in its way; kAttach finds its place.
    const uint64_t before = mount_of(c, kTop);
    const int err = c.sys(__NR_mount, c.text(r.s2), "/", c.text(r.s1), r.a, c.text(r.s3));
    if (err < 0) {
        return err;
    }
    const int fd = take_off_top(c, before);
    if (fd < 0) {
        return fd;
    }
    take(c, fd);
    return 0;
}

int target(Context &c, const Record &r)
{
    const int fd = open_in_root(c, c.text(r.s1), O_PATH);
    if (fd < 0) {
        return fd;
    }
    take(c, fd);
    return 0;
}

int reconfigure(Context &c, const Record &r)
{
    Holder context(c, c.sys(__NR_fspick, c.tree, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
    if (context.failed()) {
        return context.get();
    }
    const int err = configure(c, context.get(), words(c, r.s3));
    return err < 0 ? err : fsconfig(c, context.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr);
}

int set_attr(Context &c, const Record &r)
{
    c.ids = r.fd;
    return set_attributes(c, c.tree, (r.flags & kRecursive) != 0, r.a, r.b, r.c);
}

// spec: LinuxMountLabel
int label(Context &c, const Record &r)
{
    Holder dir(c, c.sys(__NR_openat, c.tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const char *text = c.text(r.s1);
    return dir.failed() ? dir.get()
                        : c.sys(__NR_fsetxattr, dir.get(), "security.selinux", text, length(text), 0);
}

}  // namespace rt::init::ops
