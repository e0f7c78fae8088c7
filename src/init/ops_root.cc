// SPDX-License-Identifier: Apache-2.0
//
// The root of the container: made, entered, the host's left behind.
#include <linux/fcntl.h>
#include <linux/mount.h>

#include "init/host_views.h"
#include "init/mounts.h"
#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
namespace {

constexpr uint32_t kDetach = 2;  // MNT_DETACH

int move_to_top(Context &c)
{
    int err = cover_host_views(c);
    if (err == 0 && !c.root_on_top) {
        err = c.sys(__NR_move_mount, c.root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH);
    }
    return err < 0 ? err : c.sys(__NR_chroot, ".");
}

int pivot_here(Context &c)
{
    int err = c.sys(__NR_pivot_root, ".", ".");
    if (err < 0) {
        return err;
    }
    // The old root lies on top of the new one now.
    if (c.shared) {
        err = c.sys(__NR_mount, 0, ".", 0, MS_SLAVE | MS_REC, 0);
    }
    return err < 0 ? err : c.sys(__NR_umount2, ".", kDetach);
}

}  // namespace

int propagation(Context &c, const Record &r)
{
    c.shared = (r.a & MS_SHARED) != 0;
    return c.sys(__NR_mount, 0, "/", 0, r.a | ((r.flags & kRecursive) != 0 ? MS_REC : 0U), 0);
}

int root(Context &c, const Record &r)
{
    Holder place(c, c.sys(__NR_openat, AT_FDCWD, c.text(r.s1), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (place.get() == -EACCES && r.fd >= 0) {
        // The container's root may not walk there.  It needs no place but until kPivot.
        c.root_on_top = true;
        place.reset(c.sys(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    if (place.failed()) {
        return place.get();
    }
    int given = r.fd;
    if ((r.flags & kSpare) != 0 && !c.root_on_top) {
        c.close(given);
    }
    const int tree = given >= 0 ? given : clone_tree(c, place.get(), true);
    if (tree < 0) {
        return tree;
    }
    const int err = move_onto(c, tree, place.get());
    if (err < 0) {
        return err;
    }
    c.close(c.root);
    c.root = tree;
    c.sys(__NR_fcntl, tree, F_SETFD, FD_CLOEXEC);
    // pivot_root(2) wants no shared mount, and a clone of a shared one is.
    return c.shared ? set_attributes(c, tree, true, 0, 0, MS_PRIVATE) : 0;
}

int no_mount_root(Context &c, const Record &r)
{
    c.close(c.root);
    c.root = c.sys(__NR_openat, AT_FDCWD, c.text(r.s1), O_PATH | O_DIRECTORY | O_CLOEXEC);
    return c.root < 0 ? c.root : 0;
}

int root_attr(Context &c, const Record &r)
{
    const bool recursive = (r.flags & kRecursive) != 0;
    if ((r.c & MS_SHARED) == 0) {
        return set_attributes(c, c.root, recursive, r.a, r.b, r.c);
    }
    c.late_propagation = static_cast<uint32_t>(r.c) | (recursive ? MS_REC : 0U);
    return r.a == 0 && r.b == 0 ? 0 : set_attributes(c, c.root, recursive, r.a, r.b, 0);
}

// spec: CliNoPivot
int pivot(Context &c, const Record &r)
{
    c.close(c.tree);
    c.close(c.null);
    c.close(c.blank);
    int err = c.sys(__NR_fchdir, c.root);
    if (err == 0) {
        err = (r.flags & kNoPivot) != 0 ? move_to_top(c) : pivot_here(c);
    }
    if (err == 0) {
        err = c.sys(__NR_chdir, "/");
    }
    if (err == 0 && c.late_propagation != 0) {
        err = c.sys(__NR_mount, 0, "/", 0, c.late_propagation, 0);
    }
    return err;
}

int chroot(Context &c, const Record &)
{
    int err = c.sys(__NR_fchdir, c.root);
    if (err == 0) {
        err = c.sys(__NR_chroot, ".");
    }
    return err < 0 ? err : c.sys(__NR_chdir, "/");
}

}  // namespace rt::init::ops
