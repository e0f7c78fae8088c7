// SPDX-License-Identifier: Apache-2.0
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "init/mounts.h"
#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
namespace {

constexpr uint32_t kTypeMask = 0170000, kDirectoryType = 0040000, kCharacterType = 0020000;

bool is_null(const struct statx &st)
{
    return (st.stx_mode & kTypeMask) == kCharacterType && st.stx_rdev_major == 1 && st.stx_rdev_minor == 3;
}

int look(Context &c, int fd, struct statx &st)
{
    return c.sys(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st);
}

/// Nothing of the container is involved: it is the host's null, and it is looked at.
int open_null(Context &c)
{
    Holder null(c, c.sys(__NR_openat, AT_FDCWD, "/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (null.failed()) {
        return null.get();
    }
    struct statx st = {};
    const int err = look(c, null.get(), st);
    if (err < 0) {
        return err;
    }
    if (!is_null(st)) {
        return c.refuse(kNotNull, ENODEV);
    }
    c.null = null.release();
    return 0;
}

int mask_file(Context &c, int place)
{
    if (c.null < 0) {
        const int err = open_null(c);
        if (err < 0) {
            return err;
        }
    }
    Holder tree(c, clone_tree(c, c.null, false));
    return tree.failed() ? tree.get() : move_onto(c, tree.get(), place);
}

/// An empty read-only tmpfs: room for its root directory and nothing else.
int make_blank(Context &c)
{
    Holder context(c, c.sys(__NR_fsopen, "tmpfs", FSOPEN_CLOEXEC));
    if (context.failed()) {
        return context.get();
    }
    constexpr const char *kOptions[][2] = {{"nr_blocks", "1"}, {"nr_inodes", "1"}, {"mode", "0555"}};
    for (const auto &option : kOptions) {
        const int err = fsconfig(c, context.get(), FSCONFIG_SET_STRING, option[0], option[1]);
        if (err < 0) {
            return err;
        }
    }
    const int err = fsconfig(c, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr);
    return err < 0 ? err
                   : c.sys(__NR_fsmount, context.get(), FSMOUNT_CLOEXEC,
                           MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/// The first one attaches the tmpfs, the others clone it: one superblock, however many directories.
int mask_directory(Context &c, int place)
{
    const bool first = c.blank < 0;
    Holder tree(c, first ? make_blank(c) : clone_tree(c, c.blank, false));
    if (tree.failed()) {
        return tree.get();
    }
    const int err = move_onto(c, tree.get(), place);
    if (err == 0 && first) {
        c.blank = tree.release();
    }
    return err;
}

/// Whether opening a path says that there is nothing to protect.
bool missing(int err) { return err == -ENOENT || err == -ENOTDIR; }

}  // namespace

// spec: MaskedPathsUnreadable
int mask(Context &c, const Record &r)
{
    Holder place(c, open_in_root(c, c.text(r.s1), O_PATH));
    if (place.failed()) {
        return missing(place.get()) ? 0 : place.get();
    }
    struct statx st = {};
    const int err = look(c, place.get(), st);
    if (err < 0 || is_null(st)) {
        return err;
    }
    return (st.stx_mode & kTypeMask) == kDirectoryType ? mask_directory(c, place.get())
                                                       : mask_file(c, place.get());
}

// spec: ReadonlyPathsReadonly
int readonly(Context &c, const Record &r)
{
    Holder place(c, open_in_root(c, c.text(r.s1), O_PATH));
    if (place.failed()) {
        return missing(place.get()) ? 0 : place.get();
    }
    Holder tree(c, clone_tree(c, place.get(), true));
    if (tree.failed()) {
        return tree.get();
    }
    // Attached first, as Linux before 5.12 wants it; nothing of the container runs yet.
    const int err = move_onto(c, tree.get(), place.get());
    return err < 0 ? err : set_attributes(c, tree.get(), true, MOUNT_ATTR_RDONLY, 0, 0);
}

}  // namespace rt::init::ops
