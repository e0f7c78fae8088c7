// SPDX-License-Identifier: Apache-2.0
#include "init/walk.h"

#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>

#include "init/bytes.h"
#include "init/mounts.h"
#include "init/path.h"

namespace rt::init {
namespace {

constexpr int kMaxLinks = 40;  // as in the kernel
constexpr uint32_t kLink = 0120000, kTypeMask = 0170000;

bool is_link(Context &c, int fd)
{
    struct statx st = {};
    return c.sys(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) == 0 &&
           (st.stx_mode & kTypeMask) == kLink;
}

/// Links of procfs that the kernel follows to an object and not by their text look like "/a/b" or "pipe:[1]";
/// the others, as /proc/self, are relative.
bool is_magic(const char *text, uint32_t size)
{
    for (uint32_t i = 0; i < size; ++i) {
        if (text[i] == ':') {
            return true;
        }
    }
    return text[0] == '/';
}

/// What is left of the path, at the end of `text`, so that a link's text fits before it.
struct Rest {
    char text[kPathMax];
    uint32_t start = kPathMax - 1;

    bool assign(const char *path)
    {
        const uint32_t n = length(path);
        if (n >= kPathMax) {
            return false;
        }
        start = kPathMax - 1 - n;
        copy(text + start, path, n + 1);
        return true;
    }
    /// The next component, cut off; nullptr at the end.
    char *next()
    {
        while (text[start] == '/') {
            ++start;
        }
        if (text[start] == 0) {
            return nullptr;
        }
        char *name = text + start;
        const uint32_t n = find(name, '/');
        start += n + (name[n] == '/' ? 1 : 0);
        name[n] = 0;
        return name;
    }
    /// Puts the text of the link `fd` in front.
    int push_link(Context &c, int fd)
    {
        const int n = c.sys(__NR_readlinkat, fd, "", text, start);
        if (n <= 0) {
            return n == 0 ? -ENOENT : n;
        }
        const auto size = static_cast<uint32_t>(n);
        if (size >= start) {
            return -ENAMETOOLONG;
        }
        if (is_on(c, fd, PROC_SUPER_MAGIC) && is_magic(text, size)) {
            return -ELOOP;
        }
        text[--start] = '/';
        start -= size;
        __builtin_memmove(text + start, text, size);
        return 0;
    }
    bool at_end() const
    {
        uint32_t i = start;
        while (text[i] == '/') {
            ++i;
        }
        return text[i] == 0;
    }
};

/// The way from the root to where the walk is; none of its components is a link.
class Trail {
public:
    Trail(Context &c, int fd) : c_(c), here_(c, fd) {}

    int here() const { return here_.get(); }
    int enter(const char *name, int fd)
    {
        const uint32_t n = length(name);
        if (done_.size + n + 2 > kPathMax) {
            return -ENAMETOOLONG;
        }
        copy(done_.text + done_.size, name, n);
        done_.size += n;
        done_.text[done_.size++] = '/';
        here_.reset(fd);
        return 0;
    }
    int back_to_root()
    {
        done_.size = 0;
        here_.reset(c_.sys(__NR_openat, c_.root, ".", O_PATH | O_CLOEXEC));
        return here_.get() < 0 ? here_.get() : 0;
    }
    int up()
    {
        uint32_t size = done_.size == 0 ? 0 : done_.size - 1;
        while (size > 0 && done_.text[size - 1] != '/') {
            --size;
        }
        const int err = back_to_root();
        for (uint32_t at = 0; err == 0 && at < size;) {
            const uint32_t n = find(done_.text + at, '/');
            done_.text[at + n] = 0;
            here_.reset(
                c_.sys(__NR_openat, here(), done_.text + at, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC));
            done_.text[at + n] = '/';
            if (here() < 0) {
                return here();
            }
            at += n + 1;
        }
        done_.size = size;
        return err;
    }
    int take() { return here_.release(); }

private:
    Context &c_;
    Holder here_;
    Path done_;
};

/// One component: gives 1 if the walk ended at `found`, 0 to go on, -errno.
int step(Context &c, Trail &trail, Rest &rest, const char *name, uint32_t flags, int &links, int &found)
{
    const bool last = rest.at_end();
    Holder entry(c, c.sys(__NR_openat, trail.here(), name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (entry.failed()) {
        return entry.get();
    }
    if (is_link(c, entry.get()) && !(last && (flags & O_NOFOLLOW) != 0)) {
        if (--links < 0) {
            return -ELOOP;
        }
        const int err = rest.push_link(c, entry.get());
        return err < 0 || rest.text[rest.start] != '/' ? err : trail.back_to_root();
    }
    if (!last) {
        return trail.enter(name, entry.release());
    }
    found = c.sys(__NR_openat, trail.here(), name, flags | O_NOFOLLOW | O_CLOEXEC);
    return found < 0 ? found : 1;
}

}  // namespace

int walk_in_root(Context &c, const char *path, uint32_t flags)
{
    Rest rest;
    if (!rest.assign(path)) {
        return -ENAMETOOLONG;
    }
    Trail trail(c, -1);
    int err = trail.back_to_root();
    int links = kMaxLinks;
    int found = -1;
    while (err == 0) {
        const char *name = rest.next();
        if (name == nullptr) {
            return (flags & O_PATH) != 0 ? trail.take()
                                         : c.sys(__NR_openat, trail.here(), ".", flags | O_CLOEXEC);
        }
        if (same(name, ".")) {
            continue;
        }
        err = same(name, "..") ? trail.up() : step(c, trail, rest, name, flags, links, found);
    }
    return err < 0 ? err : found;
}

int walk_child(Context &c, int directory, const char *name, uint32_t flags)
{
    struct statx parent = {}, child = {};
    Holder entry(c, c.sys(__NR_openat, directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (entry.failed()) {
        return entry.get();
    }
    if (is_link(c, entry.get())) {
        return -ELOOP;
    }
    c.sys(__NR_statx, directory, "", AT_EMPTY_PATH, STATX_MNT_ID, &parent);
    c.sys(__NR_statx, entry.get(), "", AT_EMPTY_PATH, STATX_MNT_ID | STATX_TYPE, &child);
    if (parent.stx_mnt_id != child.stx_mnt_id) {
        return -EXDEV;
    }
    if ((flags & O_DIRECTORY) != 0 && (child.stx_mode & kTypeMask) != 0040000) {
        return -ENOTDIR;
    }
    return entry.release();
}

}  // namespace rt::init
