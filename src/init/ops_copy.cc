// SPDX-License-Identifier: Apache-2.0
//
// tmpcopyup: what the image has below a directory goes into the tmpfs that will cover it.
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "init/bytes.h"
#include "init/ops.h"
#include "init/path.h"

namespace rt::init::ops {
namespace {

constexpr int kMaxDepth = 64;
constexpr uint32_t kTypeMask = 0170000, kDirectoryType = 0040000, kRegularType = 0100000, kLinkType = 0120000;

/// struct linux_dirent64
struct Entry {
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[1];
};
constexpr uint32_t kNameAt = 19;

int copy_directory(Context &c, int from, int to, int depth);

int copy_bytes(Context &c, int from, int to, uint64_t size)
{
    while (size > 0) {
        const int n = c.sys(__NR_sendfile, to, from, 0, size < (1 << 30) ? size : 1 << 30);
        if (n <= 0) {
            return n;
        }
        size -= static_cast<uint64_t>(n);
    }
    return 0;
}

int copy_link(Context &c, int from, int to, const char *name)
{
    char text[kPathMax];
    const int n = c.sys(__NR_readlinkat, from, name, text, sizeof(text) - 1);
    if (n < 0) {
        return n;
    }
    text[n] = 0;
    return c.sys(__NR_symlinkat, text, to, name);
}

int copy_file(Context &c, int from, int to, const char *name, const struct statx &st)
{
    Holder source(c, c.sys(__NR_openat, from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (source.failed()) {
        return source.get();
    }
    Holder made(c, c.sys(__NR_openat, to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    return made.failed() ? made.get() : copy_bytes(c, source.get(), made.get(), st.stx_size);
}

int copy_subdirectory(Context &c, int from, int to, const char *name, int depth)
{
    constexpr uint32_t kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Holder source(c, c.sys(__NR_openat, from, name, kFlags));
    if (source.failed()) {
        return source.get();
    }
    const int err = c.sys(__NR_mkdirat, to, name, 0700);
    if (err < 0) {
        return err;
    }
    Holder made(c, c.sys(__NR_openat, to, name, kFlags));
    return made.failed() ? made.get() : copy_directory(c, source.get(), made.get(), depth + 1);
}

/// Owner first: a change of owner takes the set-user-ID bit away.
int copy_attributes(Context &c, int to, const char *name, const struct statx &st)
{
    int err = c.sys(__NR_fchownat, to, name, st.stx_uid, st.stx_gid, AT_SYMLINK_NOFOLLOW);
    if (err == 0 && (st.stx_mode & kTypeMask) != kLinkType) {
        err = c.sys(__NR_fchmodat, to, name, st.stx_mode & 07777U);
    }
    if (err == 0) {
        const int64_t times[4] = {st.stx_atime.tv_sec, st.stx_atime.tv_nsec, st.stx_mtime.tv_sec,
                                  st.stx_mtime.tv_nsec};
        err = c.sys(__NR_utimensat, to, name, times, AT_SYMLINK_NOFOLLOW);
    }
    return err;
}

int copy_entry(Context &c, int from, int to, const char *name, int depth)
{
    struct statx st = {};
    int err = c.sys(__NR_statx, from, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st);
    if (err < 0) {
        return err;
    }
    const uint32_t type = st.stx_mode & kTypeMask;
    if (type == kDirectoryType) {
        err = copy_subdirectory(c, from, to, name, depth);
    } else if (type == kRegularType) {
        err = copy_file(c, from, to, name, st);
    } else if (type == kLinkType) {
        err = copy_link(c, from, to, name);
    } else {
        err = c.sys(__NR_mknodat, to, name, st.stx_mode,
                    (st.stx_rdev_major << 8) | (st.stx_rdev_minor & 0xff) |
                        ((st.stx_rdev_minor & ~0xffU) << 12));
    }
    return err < 0 ? err : copy_attributes(c, to, name, st);
}

int copy_directory(Context &c, int from, int to, int depth)
{
    if (depth > kMaxDepth) {
        return -ELOOP;
    }
    alignas(Entry) char buffer[1024];
    for (;;) {
        const int n = c.sys(__NR_getdents64, from, buffer, sizeof(buffer));
        if (n <= 0) {
            return n;
        }
        for (int at = 0; at < n;) {
            const auto *entry = reinterpret_cast<const Entry *>(buffer + at);
            const char *name = buffer + at + kNameAt;
            at += entry->size;
            if (same(name, ".") || same(name, "..")) {
                continue;
            }
            const int err = copy_entry(c, from, to, name, depth);
            if (err < 0) {
                return err;
            }
        }
    }
}

}  // namespace

// spec: TmpcopyupContents
int copy_up(Context &c, const Record &r)
{
    Holder from(c, open_in_root(c, c.text(r.s1), O_RDONLY | O_DIRECTORY));
    if (from.failed()) {
        return from.get() == -ENOENT ? 0 : from.get();
    }
    struct statx st = {};
    int err = c.sys(__NR_statx, from.get(), "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st);
    if (err == 0) {
        err = copy_directory(c, from.get(), c.tree, 0);
    }
    return err < 0 ? err : copy_attributes(c, c.tree, ".", st);
}

}  // namespace rt::init::ops
