// SPDX-License-Identifier: Apache-2.0
//
// The only way to a file in the container: below Context::root, by descriptor.  No link, no ".." and no
// rename leads out of it; magic links of procfs are refused.  Every function gives an open descriptor or
// -errno.
#pragma once

#include "init/context.h"

namespace rt::init {

/// A path that is cut and put together in place.
struct Path {
    char text[kPathMax];
    uint32_t size = 0;  ///< without the NUL

    /// False if it does not fit.
    bool assign(const char *from);
};

/// What make() makes where nothing is.
enum class Make { kDirectory, kFile };

/// Opens what `path` leads to, with `flags` of open(2); O_CLOEXEC is added.
int open_in_root(Context &c, const char *path, uint32_t flags);

/// Opens (O_PATH) what `path` leads to, made first if it is missing, as are its parents (0755).  A dangling
/// link is followed.  -EINVAL: ".." below a directory that does not exist.
int make_in_root(Context &c, const char *path, Make what, uint32_t mode);
/// The same for what open_in_root() did not find.
int make_missing_in_root(Context &c, const char *path, Make what, uint32_t mode);

/// Opens (O_PATH) the directory that holds the last component of `path`, made if missing, and puts that
/// component, unresolved, into `name`.  -EINVAL: there is none ("/", "..").
int parent_in_root(Context &c, const char *path, char (&name)[256]);

/// Opens (O_PATH) the entry `name` of `directory` that a device node will be mounted on: an empty file, made
/// if missing, or a device that is there.  Anything else, a link too, is refused.
int make_node_place(Context &c, int directory, const char *name, uint32_t mode);

/// A file of the host's procfs, verified to be one; `path` is relative to /proc.
int open_proc(Context &c, const char *path, uint32_t flags);

/// Closes its descriptor at the end of a scope.
class Holder {
public:
    Holder(Context &c, int fd) : c_(c), fd_(fd) {}
    Holder(const Holder &) = delete;
    Holder &operator=(const Holder &) = delete;
    ~Holder() { c_.close(fd_); }
    int get() const { return fd_; }
    bool failed() const { return fd_ < 0; }
    void reset(int fd)
    {
        c_.close(fd_);
        fd_ = fd;
    }
    int release()
    {
        const int fd = fd_;
        fd_ = -1;
        return fd;
    }

private:
    Context &c_;
    int fd_;
};

}  // namespace rt::init
