// SPDX-License-Identifier: Apache-2.0
#include "init/host_views.h"

#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "init/bytes.h"
#include "init/path.h"

namespace rt::init {
namespace {

/// Lines of /proc/self/mountinfo, one after the other.  One that is longer ends early, and is none that
/// matters: only paths that fit are looked at.
class Lines {
public:
    Lines(Context &c, int fd) : c_(c), fd_(fd) { c_.sys(__NR_lseek, fd_, 0, 0); }

    /// nullptr at the end.
    char *next()
    {
        uint32_t n = 0;
        for (int byte = get(); byte != '\n'; byte = get()) {
            if (byte < 0) {
                return nullptr;
            }
            if (n < sizeof(line_) - 1) {
                line_[n++] = static_cast<char>(byte);
            }
        }
        line_[n] = 0;
        return line_;
    }

private:
    int get()
    {
        if (at_ == end_) {
            at_ = 0;
            end_ = c_.sys(__NR_read, fd_, chunk_, sizeof(chunk_));
            if (end_ <= 0) {
                return end_ = 0, -1;
            }
        }
        return static_cast<unsigned char>(chunk_[at_++]);
    }

    Context &c_;
    int fd_;
    int at_ = 0, end_ = 0;
    char chunk_[4096];
    char line_[2 * kPathMax];
};

/// Cuts the first field off; "" at the end.
char *field(char *&line)
{
    char *const begin = line;
    line += find(line, ' ');
    if (*line != 0) {
        *line++ = 0;
    }
    return begin;
}

/// "\040" and the like, in place.
void unescape(char *text)
{
    char *to = text;
    while (*text != 0) {
        if (text[0] == '\\' && text[1] != 0 && text[2] != 0 && text[3] != 0) {
            *to++ = static_cast<char>((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
            text += 4;
        } else {
            *to++ = *text++;
        }
    }
    *to = 0;
}

struct Mount {
    uint64_t id = 0;
    char *place;
    char *type;
};

/// proc_pid_mountinfo(5): id parent major:minor root place attributes [tag...] - type source options
Mount parse(char *line)
{
    Mount mount = {};
    for (const char *digit = field(line); *digit != 0; ++digit) {
        mount.id = mount.id * 10 + static_cast<uint64_t>(*digit - '0');
    }
    for (int i = 0; i < 3; ++i) {
        field(line);
    }
    mount.place = field(line);
    unescape(mount.place);
    while (*line != 0 && !same(field(line), "-")) {
    }
    mount.type = field(line);
    return mount;
}

uint64_t mount_of(Context &c, int directory, const char *path)
{
    struct statx st = {};
    const int err =
        c.sys(__NR_statx, directory, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &st);
    return err == 0 ? st.stx_mnt_id : 0;
}

int cover(Context &c, const char *path)
{
    constexpr uint32_t kDetach = 2;  // MNT_DETACH
    const int err = c.sys(__NR_umount2, path, kDetach);
    // A mount that came from another user namespace can't be taken away.
    return err < 0 ? c.sys(__NR_mount, "tmpfs", path, "tmpfs", 0, 0) : 0;
}

bool is_below(const char *path, const Path &directory)
{
    for (uint32_t i = 0; i < directory.size; ++i) {
        if (path[i] != directory.text[i]) {
            return false;
        }
    }
    return path[directory.size] == '/' || path[directory.size] == 0;
}

}  // namespace

int cover_host_views(Context &c)
{
    Holder file(c, open_proc(c, "self/mountinfo", O_RDONLY));
    if (file.failed()) {
        return file.get();
    }
    const uint64_t root = mount_of(c, c.root, "");
    Path ours = {};
    Lines first(c, file.get());
    for (char *line = first.next(); line != nullptr; line = first.next()) {
        const Mount mount = parse(line);
        if (mount.id == root && !ours.assign(mount.place)) {
            return -ENAMETOOLONG;
        }
    }
    Lines second(c, file.get());
    for (char *line = second.next(); line != nullptr; line = second.next()) {
        const Mount mount = parse(line);
        const bool view = same(mount.type, "proc") || same(mount.type, "sysfs");
        // With our root on top of "/" its own are not where their paths lead.
        const bool host = c.root_on_top || !is_below(mount.place, ours);
        if (view && host && mount_of(c, AT_FDCWD, mount.place) == mount.id) {
            const int err = cover(c, mount.place);
            if (err < 0) {
                return err;
            }
        }
    }
    return 0;
}

}  // namespace rt::init
