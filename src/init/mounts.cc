// SPDX-License-Identifier: Apache-2.0
#include "init/mounts.h"

#include <asm/statfs.h>
#include <linux/fcntl.h>
#include <linux/mount.h>

#include "init/bytes.h"
#include "init/path.h"

namespace rt::init {
namespace {

constexpr uint32_t kAtRecursive = 0x8000;  // AT_RECURSIVE
constexpr uint32_t kMaxKey = 256;          // fsconfig(2) takes no longer ones
constexpr uint32_t kMaxValue = 255;

/// Keeps the first error ("e ...") or else the last line of the context's log.
void take_log(Context &c, int context)
{
    char line[256];
    for (;;) {
        const long n = raw::call(__NR_read, context, raw::word(line), sizeof(line) - 1);
        if (n <= 0) {
            return;
        }
        uint32_t size = static_cast<uint32_t>(n);
        if (line[size - 1] == '\n') {
            --size;
        }
        const uint32_t skip = size > 2 && line[1] == ' ' ? 2 : 0;
        size = size - skip < sizeof(c.note) ? size - skip : static_cast<uint32_t>(sizeof(c.note)) - 1;
        copy(c.note, line + skip, size);
        c.note[size] = 0;
        if (line[0] == 'e') {
            return;
        }
    }
}

/// A value that is too long for a string is the path of what it stands for (Linux 6.13: layers of overlay).
int set_value(Context &c, int context, const char *key, const char *value)
{
    if (length(value) <= kMaxValue) {
        return fsconfig(c, context, FSCONFIG_SET_STRING, key, value);
    }
    Holder file(c, c.sys(__NR_openat, AT_FDCWD, value, O_PATH | O_CLOEXEC));
    if (file.failed()) {
        return file.get();
    }
    const int err = c.sys(__NR_fsconfig, context, FSCONFIG_SET_FD, key, 0, file.get());
    if (err < 0) {
        take_log(c, context);
    }
    return err;
}

/// mount_setattr(2) by mount(2), before Linux 5.12: of a mount that is attached, and of none below it but
/// for the propagation.
int remount(Context &c, int tree, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation)
{
    char path[40] = "/proc/self/fd/";
    decimal(path + 14, static_cast<uint64_t>(tree));
    struct statfs st;
    int err = 0;
    if ((set | clear) != 0) {
        c.sys(__NR_fstatfs, tree, &st);
        const uint64_t same = (static_cast<uint64_t>(st.f_flags) & ~clear & 15) | (set & 15);
        const uint64_t time = (set & MOUNT_ATTR_NOATIME) << 6 | (set & MOUNT_ATTR_STRICTATIME) << 19;
        err = c.sys(__NR_mount, 0, path, 0, MS_REMOUNT | MS_BIND | same | time, 0);
    }
    if (err == 0 && propagation != 0) {
        err = c.sys(__NR_mount, 0, path, 0, propagation | (recursive ? MS_REC : 0), 0);
    }
    return err;
}

}  // namespace

bool is_on(Context &c, int fd, long magic)
{
    struct statfs st = {};
    return c.sys(__NR_fstatfs, fd, &st) == 0 && st.f_type == magic;
}

int clone_tree(Context &c, int fd, bool recursive)
{
    return c.sys(__NR_open_tree, fd, "",
                 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? kAtRecursive : 0));
}

int move_onto(Context &c, int tree, int target)
{
    return c.sys(__NR_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int set_attributes(Context &c, int tree, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation)
{
    mount_attr attr = {.attr_set = set,
                       .attr_clr = clear,
                       .propagation = propagation,
                       .userns_fd = static_cast<uint32_t>(c.ids)};
    const int err = c.sys(__NR_mount_setattr, tree, "", AT_EMPTY_PATH | (recursive ? kAtRecursive : 0), &attr,
                          sizeof(attr));
    return err == -ENOSYS ? remount(c, tree, recursive, set, clear, propagation) : err;
}

int fsconfig(Context &c, int context, uint32_t command, const char *key, const char *value)
{
    const int err = c.sys(__NR_fsconfig, context, command, key, value, 0);
    if (err < 0) {
        take_log(c, context);
    }
    return err;
}

int configure(Context &c, int context, char **options)
{
    for (; options != nullptr && *options != nullptr; ++options) {
        const char *option = *options;
        const uint32_t n = find(option, '=');
        int err = 0;
        if (option[n] == 0) {
            err = fsconfig(c, context, FSCONFIG_SET_FLAG, option, nullptr);
        } else if (n >= kMaxKey) {
            return -EINVAL;
        } else {
            char key[kMaxKey];
            copy(key, option, n);
            key[n] = 0;
            err = set_value(c, context, key, option + n + 1);
        }
        if (err < 0) {
            if (c.note[0] == 0) {
                const uint32_t size = length(option) < sizeof(c.note) ? length(option) : sizeof(c.note) - 1;
                copy(c.note, option, size);
                c.note[size] = 0;
            }
            return err;
        }
    }
    return 0;
}

}  // namespace rt::init
