// SPDX-License-Identifier: Apache-2.0
#include "init/path.h"

#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "init/bytes.h"
#include "init/mounts.h"
#include "init/walk.h"

namespace rt::init {
namespace {

constexpr int kMaxLinks = 40;
// A rename anywhere on the machine may end a resolution with EAGAIN; somebody who renames for ever must not
// hold us for ever.
constexpr int kMaxTries = 128;
constexpr uint32_t kRegular = 0100000;

int openat2(Context &c, int directory, const char *path, uint32_t flags, uint64_t resolve)
{
    open_how how = {.flags = flags | O_CLOEXEC, .mode = 0, .resolve = resolve};
    int fd = -EAGAIN;
    for (int i = 0; i < kMaxTries && fd == -EAGAIN; ++i) {
        fd = c.sys(__NR_openat2, directory, path, &how, sizeof(how));
    }
    if (fd == -ENOSYS) {
        c.walks = true;
    }
    return fd;
}

/// The entry `name` of `directory` itself: no link, no other mount.
int open_child(Context &c, int directory, const char *name, uint32_t flags)
{
    if (!c.walks) {
        // Without O_NOFOLLOW, which would open the link itself before RESOLVE_NO_SYMLINKS has a say.
        const int fd = openat2(c, directory, name, flags | O_PATH,
                               RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
        if (!c.walks) {
            return fd;
        }
    }
    return walk_child(c, directory, name, flags);
}

int open_prefix(Context &c, Path &path, uint32_t size)
{
    const char kept = path.text[size];
    path.text[size] = 0;
    const int fd = open_in_root(c, path.text, O_PATH);
    path.text[size] = kept;
    return fd;
}

/// Where the last component before `size` starts, with the slashes before it left out: "a//b" -> 1, "a" -> 0.
uint32_t shorter(const Path &path, uint32_t size)
{
    while (size > 0 && path.text[size - 1] == '/') {
        --size;
    }
    while (size > 0 && path.text[size - 1] != '/') {
        --size;
    }
    while (size > 0 && path.text[size - 1] == '/') {
        --size;
    }
    return size;
}

/// Replaces the component at [at, at + n) of `path`, a link in `directory`, by what the link says.
int expand(Context &c, Path &path, uint32_t at, uint32_t n, int directory, const char *name)
{
    char link[kPathMax];
    const int got = c.sys(__NR_readlinkat, directory, name, link, sizeof(link));
    if (got <= 0) {
        return got == 0 ? -ENOENT : got;
    }
    const auto size = static_cast<uint32_t>(got);
    const uint32_t begin = link[0] == '/' ? 0 : at;
    const uint32_t rest = path.size - (at + n);
    if (begin + size + rest >= kPathMax) {
        return -ENAMETOOLONG;
    }
    __builtin_memmove(path.text + begin + size, path.text + at + n, rest + 1);
    copy(path.text + begin, link, size);
    path.size = begin + size + rest;
    return 0;
}

bool goes_up(const char *path)
{
    while (*path != 0) {
        const uint32_t n = find(path, '/');
        if (n == 2 && path[0] == '.' && path[1] == '.') {
            return true;
        }
        path += n + (path[n] == '/' ? 1 : 0);
    }
    return false;
}

/// Makes one missing entry and opens it.
int make_child(Context &c, int directory, const char *name, Make what, uint32_t mode)
{
    const bool file = what == Make::kFile;
    // mknod(2) of a regular file is open(O_CREAT | O_EXCL | O_NOFOLLOW) without a descriptor.
    const int err = file ? c.sys(__NR_mknodat, directory, name, kRegular | mode, 0)
                         : c.sys(__NR_mkdirat, directory, name, mode);
    if (err < 0 && err != -EEXIST) {
        return err;
    }
    return open_child(c, directory, name, file ? 0 : O_DIRECTORY);
}

/// Makes what is missing behind the first `at` bytes, which `directory` is.  -EAGAIN: a dangling link was
/// expanded in `path`, start again.
int make_rest(Context &c, Path &path, uint32_t at, Holder &directory, Make what, uint32_t mode)
{
    for (;;) {
        while (path.text[at] == '/') {
            ++at;
        }
        if (path.text[at] == 0) {
            return directory.release();
        }
        char name[256];
        const uint32_t n = find(path.text + at, '/');
        if (n >= sizeof(name)) {
            return -ENAMETOOLONG;
        }
        copy(name, path.text + at, n);
        name[n] = 0;
        if (!same(name, ".")) {
            const bool last = path.text[at + n] == 0;
            const int fd =
                make_child(c, directory.get(), name, last ? what : Make::kDirectory, last ? mode : 0755);
            if (fd == -ELOOP) {
                const int err = expand(c, path, at, n, directory.get(), name);
                return err < 0 ? err : -EAGAIN;
            }
            if (fd < 0) {
                return fd;
            }
            directory.reset(fd);
        }
        at += n;
    }
}

enum class Known { kNothing, kMissing };

int make_in_root(Context &c, Path &path, Make what, uint32_t mode, Known known)
{
    for (int i = 0; i < kMaxLinks; ++i) {
        uint32_t size = path.size;
        int fd = i == 0 && known == Known::kMissing ? -ENOENT : open_prefix(c, path, size);
        while (fd == -ENOENT && size > 0) {
            size = shorter(path, size);
            fd = open_prefix(c, path, size);
        }
        if (fd < 0 || size == path.size) {
            return fd;
        }
        Holder directory(c, fd);
        if (goes_up(path.text + size)) {
            return c.refuse(kMissingParent, EINVAL);
        }
        fd = make_rest(c, path, size, directory, what, mode);
        if (fd != -EAGAIN) {
            return fd;
        }
    }
    return -ELOOP;
}

}  // namespace

bool Path::assign(const char *from)
{
    size = length(from);
    if (size >= kPathMax) {
        return false;
    }
    copy(text, from, size + 1);
    return true;
}

int open_in_root(Context &c, const char *path, uint32_t flags)
{
    if (c.root < 0) {
        c.root = c.sys(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (c.root < 0) {
            return c.root;
        }
    }
    if (!c.walks) {
        const int fd =
            openat2(c, c.root, *path == 0 ? "." : path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
        if (!c.walks) {
            return fd;
        }
    }
    return walk_in_root(c, path, flags);
}

int make_in_root(Context &c, const char *path, Make what, uint32_t mode)
{
    const int fd = open_in_root(c, path, O_PATH);
    return fd == -ENOENT ? make_missing_in_root(c, path, what, mode) : fd;
}

int make_missing_in_root(Context &c, const char *path, Make what, uint32_t mode)
{
    Path longer;
    return longer.assign(path) ? make_in_root(c, longer, what, mode, Known::kMissing) : -ENAMETOOLONG;
}

int parent_in_root(Context &c, const char *path, char (&name)[256])
{
    Path parent;
    if (!parent.assign(path)) {
        return -ENAMETOOLONG;
    }
    while (parent.size > 0 && parent.text[parent.size - 1] == '/') {
        parent.text[--parent.size] = 0;
    }
    uint32_t at = parent.size;
    while (at > 0 && parent.text[at - 1] != '/') {
        --at;
    }
    const uint32_t n = parent.size - at;
    if (n >= sizeof(name)) {
        return -ENAMETOOLONG;
    }
    copy(name, parent.text + at, n + 1);
    if (n == 0 || same(name, ".") || same(name, "..")) {
        return -EINVAL;
    }
    parent.size = at;
    parent.text[at] = 0;
    return make_in_root(c, parent, Make::kDirectory, 0755, Known::kNothing);
}

int make_node_place(Context &c, int directory, const char *name, uint32_t mode)
{
    constexpr uint32_t kTypeMask = 0170000, kDeviceType = 0020000, kOfBlocks = 0040000;
    int err = c.sys(__NR_mknodat, directory, name, kRegular | mode, 0);
    if (err < 0 && err != -EEXIST) {
        return err;
    }
    Holder place(c, c.sys(__NR_openat, directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (place.failed()) {
        return place.get();
    }
    struct statx st = {};
    err = c.sys(__NR_statx, place.get(), "", AT_EMPTY_PATH, STATX_TYPE, &st);
    if (err < 0) {
        return err;
    }
    const uint32_t type = st.stx_mode & kTypeMask;
    return type == kRegular || (type & ~kOfBlocks) == kDeviceType ? place.release()
                                                                  : c.refuse(kOtherFile, EEXIST);
}

int open_proc(Context &c, const char *path, uint32_t flags)
{
    Holder proc(c, c.sys(__NR_openat, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (proc.failed()) {
        return proc.get();
    }
    if (!is_on(c, proc.get(), PROC_SUPER_MAGIC)) {
        return -ENOENT;
    }
    if (!c.walks) {
        const int fd =
            openat2(c, proc.get(), path, flags, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS);
        if (!c.walks) {
            return fd;
        }
    }
    return c.sys(__NR_openat, proc.get(), path, flags | O_NOFOLLOW | O_CLOEXEC);
}

}  // namespace rt::init
