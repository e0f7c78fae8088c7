// SPDX-License-Identifier: Apache-2.0
#include "kernel/calls_tree.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/str.h"
#include "kernel/answer.h"
#include "kernel/calls_fs.h"
#include "kernel/retry.h"

namespace rt::kernel {
namespace {

/// What listxattr(2) and its kin give: names with a NUL behind each.
template <class List, class What>
Result<std::vector<std::string>> names_of(List list, const What &what)
{
    std::vector<std::string> out;
    if (list(nullptr, 0) == 0) {
        return out;
    }
    std::string names(65536, '\0');  // XATTR_LIST_MAX
    const ssize_t size = list(names.data(), names.size());
    TRY(done(size, "listxattr", what));
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
        out.emplace_back(names.c_str() + at);
        at += out.back().size() + 1;
    }
    return out;
}

}  // namespace

Status fchown(FdRef fd, uid_t uid, gid_t gid)
{
    return done(::fchown(fd.get(), uid, gid), "fchown", [&] { return str(fd.get(), ", ", uid, ", ", gid); });
}

Status utimensat(FdRef dir, const std::string &path, timespec both)
{
    const timespec times[2] = {both, both};
    const long ret = path.empty() ? ::futimens(dir.get(), times)
                                  : ::utimensat(dir.get(), path.c_str(), times, AT_SYMLINK_NOFOLLOW);
    return done(ret, "utimensat", path);
}

Status linkat(FdRef old_dir, const std::string &old_path, FdRef new_dir, const std::string &new_path)
{
    return done(::linkat(old_dir.get(), old_path.c_str(), new_dir.get(), new_path.c_str(), 0), "linkat",
                [&] { return str(in_words(old_path), ", ", in_words(new_path)); });
}

Result<std::string> realpath(const std::string &path)
{
    const std::unique_ptr<char, decltype(&std::free)> whole(::realpath(path.c_str(), nullptr), std::free);
    return whole ? Result<std::string>(whole.get()) : failed("realpath", path);
}

Result<Fd> open_in_root(FdRef root, const std::string &path, std::uint64_t flags)
{
    return openat2(root, path,
                   {.flags = flags, .mode = 0, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS});
}

Status write_new(FdRef dir, const std::string &name, std::string_view text, mode_t mode)
{
    TRY_LET(file, openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
    return write_all(file, text);
}

Status linkat(FdRef file, FdRef new_dir, const std::string &new_path)
{
    const std::string self = str("/proc/self/fd/", file.get());
    return done(::linkat(AT_FDCWD, self.c_str(), new_dir.get(), new_path.c_str(), AT_SYMLINK_FOLLOW),
                "linkat", new_path);
}

Status pwrite_all(FdRef fd, std::string_view bytes, std::uint64_t offset)
{
    while (!bytes.empty()) {
        const ssize_t n =
            retry([&] { return ::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
        if (n <= 0) {
            return done(-1, "pwrite", fd);
        }
        bytes.remove_prefix(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
    return {};
}

Result<std::size_t> pread(FdRef fd, char *to, std::size_t size, std::uint64_t offset)
{
    const ssize_t n = retry([&] { return ::pread(fd.get(), to, size, static_cast<off_t>(offset)); });
    TRY(done(n, "pread", fd));
    return static_cast<std::size_t>(n);
}

Status fsetxattr(FdRef fd, const std::string &name, std::string_view value)
{
    return done(::fsetxattr(fd.get(), name.c_str(), value.data(), value.size(), 0), "fsetxattr", name);
}

Status lsetxattr(const std::string &path, const std::string &name, std::string_view value)
{
    return done(::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0), "lsetxattr", name);
}

Result<std::vector<std::string>> flistxattr(FdRef fd)
{
    return names_of([&](char *to, std::size_t size) { return ::flistxattr(fd.get(), to, size); }, fd);
}

Result<std::vector<std::string>> llistxattr(const std::string &path)
{
    return names_of([&](char *to, std::size_t size) { return ::llistxattr(path.c_str(), to, size); }, path);
}

namespace {

/// What getxattr(2) and its kin give.
template <class Call, class Operand>
Result<std::string> value_of(Call call, const Operand &what)
{
    std::string value(256, '\0');
    ssize_t size = call(value.data(), value.size());
    if (size == -1 && errno == ERANGE) {
        value.resize(65536);  // XATTR_SIZE_MAX
        size = call(value.data(), value.size());
    }
    TRY(done(size, "getxattr", what));
    value.resize(static_cast<std::size_t>(size));
    return value;
}

}  // namespace

Result<std::string> lgetxattr(const std::string &path, const std::string &name)
{
    return value_of(
        [&](char *to, std::size_t size) { return ::lgetxattr(path.c_str(), name.c_str(), to, size); },
        [&] { return str(in_words(path), ", ", in_words(name)); });
}

Result<std::string> fgetxattr(FdRef fd, const std::string &name)
{
    return value_of([&](char *to, std::size_t size) { return ::fgetxattr(fd.get(), name.c_str(), to, size); },
                    name);
}

Status fremovexattr(FdRef fd, const std::string &name)
{
    return done(::fremovexattr(fd.get(), name.c_str()), "fremovexattr", name);
}

Status syncfs(FdRef fd) { return done(::syncfs(fd.get()), "syncfs", fd); }

Status fsync(FdRef fd)
{
    return done(retry([&] { return ::fsync(fd.get()); }), "fsync", fd);
}

Status close_range(unsigned first, unsigned last)
{
    return done(::syscall(SYS_close_range, first, last, 0), "close_range",
                [&] { return str(first, ", ", last); });
}

}  // namespace rt::kernel
