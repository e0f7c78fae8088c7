// SPDX-License-Identifier: Apache-2.0
#include "store/copy_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::store {
namespace {

/// Overlayfs's own say what a layer is, and labels what the system makes of it.
bool is_of_the_file(const std::string &name)
{
    for (const std::string_view prefix : {"trusted.overlay.", "user.overlay."}) {
        if (name.starts_with(prefix)) {
            return std::string_view(name).substr(prefix.size()).starts_with("overlay.");
        }
    }
    return name != "security.selinux";
}

Status copy_range(FdRef from, FdRef to, off_t at, off_t end)
{
    off_t there = at;
    while (at < end) {
        const ssize_t copied =
            ::copy_file_range(from.get(), &at, to.get(), &there, static_cast<std::size_t>(end - at), 0);
        if (copied == 0) {
            return Error::state("the file has become shorter");
        }
        if (copied == -1 && errno != EINTR) {
            return Error::kernel(errno, "copy_file_range()");
        }
    }
    return {};
}

/// Holes stay holes.
Status copy_bytes(FdRef from, FdRef to, off_t size)
{
    if (::ftruncate(to.get(), size) == -1) {
        return Error::kernel(errno, "ftruncate()");
    }
    for (off_t end = 0; end < size;) {
        const off_t data = ::lseek(from.get(), end, SEEK_DATA);
        if (data == -1 && errno == ENXIO) {
            return {};
        }
        end = data == -1 ? -1 : ::lseek(from.get(), data, SEEK_HOLE);
        if (end == -1) {
            return Error::kernel(errno, "lseek()");
        }
        TRY(copy_range(from, to, data, end));
    }
    return {};
}

}  // namespace

Status copy_attributes(FdRef from, FdRef to)
{
    TRY_LET(about, kernel::fstat(from));
    TRY(kernel::fchown(to, about.st_uid, about.st_gid));
    TRY(kernel::fchmod(to, about.st_mode & 07777));
    TRY_LET(names, kernel::flistxattr(from));
    for (const std::string &name : names) {
        if (is_of_the_file(name)) {
            TRY_LET(value, kernel::fgetxattr(from, name));
            TRY(kernel::fsetxattr(to, name, value));
        }
    }
    return kernel::utimensat(to, "", about.st_mtim);
}

Status copy_file(const Place &from, FdRef parent, const std::string &name)
{
    if (S_ISREG(from.about.st_mode)) {
        TRY_LET(source, from.open());
        TRY_LET(made, kernel::openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
        TRY(copy_bytes(source, made, from.about.st_size));
        return copy_attributes(source, made);
    }
    if (S_ISLNK(from.about.st_mode)) {
        TRY_LET(target, kernel::readlinkat(from.parent, from.name));
        TRY(kernel::symlinkat(target, parent, name));
    } else {
        TRY(kernel::mknodat(parent, name, from.about.st_mode, from.about.st_rdev));
        TRY(kernel::fchmodat(parent, name, from.about.st_mode & 07777));
    }
    TRY(kernel::fchownat(parent, name, from.about.st_uid, from.about.st_gid, AT_SYMLINK_NOFOLLOW));
    return kernel::utimensat(parent, name, from.about.st_mtim);
}

}  // namespace rt::store
