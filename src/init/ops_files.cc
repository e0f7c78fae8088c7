// SPDX-License-Identifier: Apache-2.0
//
// Directories, links and device nodes in the container.
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "init/bytes.h"
#include "init/mounts.h"
#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
namespace {

constexpr uint32_t kTypeMask = 0170000, kRegular = 0100000, kFifo = 0010000;

/// Device numbers as mknod(2) takes them.
uint32_t device_number(const struct statx &st)
{
    return (st.stx_rdev_major << 8) | (st.stx_rdev_minor & 0xff) | ((st.stx_rdev_minor & ~0xffU) << 12);
}

bool has_text(Context &c, int directory, const char *name, const char *text)
{
    char now[kPathMax];
    const int n = c.sys(__NR_readlinkat, directory, name, now, sizeof(now) - 1);
    if (n < 0) {
        return false;
    }
    now[n] = 0;
    return same(now, text);
}

/// Whether the entry is the device the record asks for, itself and not through a link.  "": `directory`
/// itself. `or_blank`: an empty file, as bind_device() makes it for the device to lie on, will do.
bool is_device(Context &c, int directory, const char *name, const Record &r, bool or_blank)
{
    struct statx st = {};
    if (c.sys(__NR_statx, directory, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, STATX_BASIC_STATS, &st) < 0) {
        return false;
    }
    const uint32_t type = st.stx_mode & kTypeMask;
    if (type == kRegular) {
        return or_blank && st.stx_size == 0;
    }
    return type == (r.a & kTypeMask) && (type == kFifo || device_number(st) == r.b);
}

int own(Context &c, int directory, const char *name, const Record &r)
{
    if (r.c == 0) {
        return 0;
    }
    return c.sys(__NR_fchownat, directory, name, static_cast<uint32_t>(r.c), r.c >> 32, AT_SYMLINK_NOFOLLOW);
}

/// Where mknod(2) is not allowed: the parent's node or the host's, on a file of ours.
int bind_device(Context &c, int directory, const char *name, const Record &r)
{
    Holder tree(c, r.fd >= 0
                       ? r.fd
                       : c.sys(__NR_open_tree, AT_FDCWD, c.text(r.s2), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (tree.failed()) {
        return tree.get();
    }
    Holder place(c, make_node_place(c, directory, name, 0666));
    if (place.failed()) {
        return place.get();
    }
    return is_device(c, tree.get(), "", r, false) && is_device(c, place.get(), "", r, true)
               ? move_onto(c, tree.get(), place.get())
               : c.refuse(kOtherFile, EEXIST);
}

}  // namespace

int mkdir(Context &c, const Record &r)
{
    Holder directory(c, make_in_root(c, c.text(r.s1), Make::kDirectory, static_cast<uint32_t>(r.a)));
    return directory.failed() ? directory.get() : 0;
}

// spec: DefaultRuntimeLinuxSymlinks
int symlink(Context &c, const Record &r)
{
    if (r.s3 != 0) {
        Holder condition(c, open_in_root(c, c.text(r.s3), O_PATH));
        if (condition.failed()) {
            return 0;
        }
    }
    char name[256];
    Holder parent(c, parent_in_root(c, c.text(r.s1), name));
    if (parent.failed()) {
        return parent.get();
    }
    int err = c.sys(__NR_symlinkat, c.text(r.s2), parent.get(), name);
    if (err != -EEXIST) {
        return err;
    }
    if ((r.flags & kReplace) == 0 || has_text(c, parent.get(), name, c.text(r.s2))) {
        return 0;
    }
    err = c.sys(__NR_unlinkat, parent.get(), name, 0);
    return err < 0 ? err : c.sys(__NR_symlinkat, c.text(r.s2), parent.get(), name);
}

// spec: DevicesFileNotMatch
int device(Context &c, const Record &r)
{
    char name[256];
    Holder parent(c, parent_in_root(c, c.text(r.s1), name));
    if (parent.failed()) {
        return parent.get();
    }
    if ((r.flags & kFromHost) != 0) {
        return bind_device(c, parent.get(), name, r);
    }
    const int err = c.sys(__NR_mknodat, parent.get(), name, r.a, r.b);
    if (err == -EEXIST) {
        return is_device(c, parent.get(), name, r, false) ? 0 : c.refuse(kOtherFile, EEXIST);
    }
    return err < 0 ? err : own(c, parent.get(), name, r);
}

}  // namespace rt::init::ops
