// SPDX-License-Identifier: Apache-2.0
#include "kernel/calls_fs.h"

#include <limits.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/json.h"
#include "base/str.h"
#include "kernel/answer.h"
#include "kernel/retry.h"

namespace rt::kernel {
namespace {

[[gnu::cold]] Error too_large(FdRef fd, std::size_t limit)
{
    return Error::kernel(EFBIG, str("read(", fd.get(), ") of more than ", limit, " bytes"));
}

std::uint64_t type_of(const struct statfs &fs) { return static_cast<std::uint32_t>(fs.f_type); }

}  // namespace

Result<Fd> openat(FdRef dir, const std::string &path, int flags, mode_t mode)
{
    const int fd = retry([&] { return ::openat(dir.get(), path.c_str(), flags | O_CLOEXEC, mode); });
    if (fd == -1) {
        return failed("openat", path);
    }
    return Fd(fd);
}

Result<Fd> openat2(FdRef dir, const std::string &path, open_how how)
{
    how.flags |= O_CLOEXEC;
    // EAGAIN: something was renamed during the walk, so that the kernel cannot tell whether ".." left
    // the root.  An image can't rename for ever, or it would hold us here.
    constexpr int kTries = 64;
    long fd = -1;
    for (int i = 0; i < kTries; ++i) {
        fd = retry([&] { return ::syscall(SYS_openat2, dir.get(), path.c_str(), &how, sizeof how); });
        if (fd != -1 || errno != EAGAIN) {
            break;
        }
    }
    if (fd == -1) {
        return failed("openat2", path);
    }
    return Fd(static_cast<int>(fd));
}

Result<Fd> reopen(FdRef fd, int flags) { return openat(kCwd, str("/proc/self/fd/", fd.get()), flags); }

Status mkdirat(FdRef dir, const std::string &path, mode_t mode)
{
    return done(retry([&] { return ::mkdirat(dir.get(), path.c_str(), mode); }), "mkdirat", path);
}

Status unlinkat(FdRef dir, const std::string &path, int flags)
{
    return done(retry([&] { return ::unlinkat(dir.get(), path.c_str(), flags); }), "unlinkat", path);
}

Status renameat(FdRef old_dir, const std::string &old_path, FdRef new_dir, const std::string &new_path)
{
    return done(
        retry([&] { return ::renameat(old_dir.get(), old_path.c_str(), new_dir.get(), new_path.c_str()); }),
        "renameat", new_path);
}

Status renameat2(FdRef old_dir, const std::string &old_path, FdRef new_dir, const std::string &new_path,
                 unsigned flags)
{
    return done(::renameat2(old_dir.get(), old_path.c_str(), new_dir.get(), new_path.c_str(), flags),
                "renameat2", new_path);
}

Status symlinkat(const std::string &target, FdRef dir, const std::string &path)
{
    return done(retry([&] { return ::symlinkat(target.c_str(), dir.get(), path.c_str()); }), "symlinkat",
                path);
}

Status mknodat(FdRef dir, const std::string &path, mode_t mode, dev_t dev)
{
    return done(retry([&] { return ::mknodat(dir.get(), path.c_str(), mode, dev); }), "mknodat", path);
}

Status fchmod(FdRef fd, mode_t mode)
{
    return done(retry([&] { return ::fchmod(fd.get(), mode); }), "fchmod", fd);
}

Status fchmodat(FdRef dir, const std::string &path, mode_t mode)
{
    return done(retry([&] { return ::fchmodat(dir.get(), path.c_str(), mode, 0); }), "fchmodat", path);
}

Status fchownat(FdRef dir, const std::string &path, uid_t uid, gid_t gid, int flags)
{
    return done(retry([&] { return ::fchownat(dir.get(), path.c_str(), uid, gid, flags); }), "fchownat",
                path);
}

Status ftruncate(FdRef fd, off_t length)
{
    return done(retry([&] { return ::ftruncate(fd.get(), length); }), "ftruncate", fd);
}

Status fchdir(FdRef fd)
{
    return done(retry([&] { return ::fchdir(fd.get()); }), "fchdir", fd);
}

Result<struct stat> fstat(FdRef fd)
{
    struct stat st {};
    TRY(done(retry([&] { return ::fstat(fd.get(), &st); }), "fstat", fd));
    return st;
}

Result<struct stat> fstatat(FdRef dir, const std::string &path, int flags)
{
    struct stat st {};
    TRY(done(retry([&] { return ::fstatat(dir.get(), path.c_str(), &st, flags); }), "fstatat", path));
    return st;
}

Result<struct statfs> fstatfs(FdRef fd)
{
    struct statfs fs {};
    TRY(done(retry([&] { return ::fstatfs(fd.get(), &fs); }), "fstatfs", fd));
    return fs;
}

Result<std::uint64_t> fstatfs_type(FdRef fd)
{
    TRY_LET(fs, fstatfs(fd));
    return type_of(fs);
}

Result<std::uint64_t> statfs_type(const std::string &path)
{
    struct statfs fs {};
    TRY(done(retry([&] { return ::statfs(path.c_str(), &fs); }), "statfs", path));
    return type_of(fs);
}

Result<std::string> readlinkat(FdRef dir, const std::string &path)
{
    char text[PATH_MAX];
    const ssize_t n = retry([&] { return ::readlinkat(dir.get(), path.c_str(), text, sizeof text); });
    if (n == -1) {
        return failed("readlinkat", path);
    }
    return std::string(text, static_cast<std::size_t>(n));
}

Status faccessat(FdRef dir, const std::string &path, int mode, int flags)
{
    return done(retry([&] { return ::faccessat(dir.get(), path.c_str(), mode, flags); }), "faccessat", path);
}

Result<std::string> read(FdRef fd, std::size_t size)
{
    std::string bytes(size, '\0');
    const ssize_t n = retry([&] { return ::read(fd.get(), bytes.data(), size); });
    if (n == -1) {
        return failed("read", fd);
    }
    bytes.resize(static_cast<std::size_t>(n));
    return bytes;
}

Result<std::string> pread(FdRef fd, std::size_t size, off_t offset)
{
    std::string bytes(size, '\0');
    const ssize_t n = retry([&] { return ::pread(fd.get(), bytes.data(), size, offset); });
    if (n == -1) {
        return failed("pread", fd);
    }
    bytes.resize(static_cast<std::size_t>(n));
    return bytes;
}

Result<std::size_t> write(FdRef fd, std::string_view bytes)
{
    const ssize_t n = retry([&] { return ::write(fd.get(), bytes.data(), bytes.size()); });
    if (n == -1) {
        return failed("write", fd);
    }
    return static_cast<std::size_t>(n);
}

namespace {

enum class Until : std::uint8_t { kNothingComes, kLessThanAskedComes };

Result<std::string> read_until(Until end, FdRef fd, std::size_t limit)
{
    std::array<char, 16384> some;  // NOLINT(cppcoreguidelines-pro-type-member-init): read(2) fills it
    std::string bytes;
    for (;;) {
        const ssize_t n = retry([&] { return ::read(fd.get(), some.data(), some.size()); });
        if (n == -1) {
            return failed("read", fd);
        }
        bytes.append(some.data(), static_cast<std::size_t>(n));
        if (bytes.size() > limit) {
            return too_large(fd, limit);
        }
        const bool whole = static_cast<std::size_t>(n) == some.size();
        if (n == 0 || (end == Until::kLessThanAskedComes && !whole)) {
            return bytes;
        }
    }
}

}  // namespace

Result<std::string> read_all(FdRef fd, std::size_t limit)
{
    return read_until(Until::kNothingComes, fd, limit);
}

Result<std::string> read_regular(FdRef fd, std::size_t limit)
{
    return read_until(Until::kLessThanAskedComes, fd, limit);
}

Status write_all(FdRef fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        TRY_LET(n, write(fd, bytes));
        bytes.remove_prefix(n);
    }
    return {};
}

Result<std::string> read_file(FdRef dir, const std::string &path, std::size_t limit)
{
    TRY_LET(fd, openat(dir, path, O_RDONLY));
    auto bytes = read_all(fd, limit);
    if (!bytes.ok()) {
        return Error::kernel(bytes.error().err(), str("reading \"", path, "\""));
    }
    return bytes;
}

Result<std::string> read_brief(FdRef dir, const std::string &path, std::size_t size)
{
    TRY_LET(fd, openat(dir, path, O_RDONLY));
    auto bytes = read(fd, size);
    const int err = !bytes ? bytes.error().err() : bytes->size() == size ? EFBIG : 0;
    if (err != 0) {
        return Error::kernel(err, str("reading \"", path, "\""));
    }
    return bytes;
}

std::string text_of(const std::string &path)
{
    constexpr std::size_t kMost = std::size_t{1} << 20;
    auto text = read_file(kCwd, path, kMost);
    return text ? text->substr(0, text->find_last_not_of('\n') + 1) : std::string();
}

Status write_file(FdRef dir, const std::string &path, std::string_view value)
{
    TRY_LET(fd, openat(dir, path, O_WRONLY));
    if (const auto n = write(fd, value); !n.ok()) {
        return Error::kernel(n.error().err(), str("writing ", json::quote(value), " to ", json::quote(path)));
    }
    return {};
}

Result<Fd> memfd_create(const std::string &name, unsigned flags)
{
    const int fd = ::memfd_create(name.c_str(), flags | MFD_CLOEXEC);
    if (fd == -1) {
        return failed("memfd_create", name);
    }
    return Fd(fd);
}

Status add_seals(FdRef fd, int seals)
{
    return done(retry([&] { return ::fcntl(fd.get(), F_ADD_SEALS, seals); }), "fcntl F_ADD_SEALS", fd);
}

Result<int> seals_of(FdRef fd)
{
    const int seals = ::fcntl(fd.get(), F_GET_SEALS);
    TRY(done(seals, "fcntl F_GET_SEALS", fd));
    return seals;
}

Result<Pipe> pipe2()
{
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) == -1) {
        return Error::kernel(errno, "pipe2()");
    }
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result<Fd> dup(FdRef fd, int lowest)
{
    const int copy = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, lowest);
    TRY(done(copy, "fcntl F_DUPFD_CLOEXEC", fd));
    return Fd(copy);
}

Status set_cloexec(FdRef fd, bool on)
{
    return done(retry([&] { return ::fcntl(fd.get(), F_SETFD, on ? FD_CLOEXEC : 0); }), "fcntl F_SETFD", fd);
}

Status set_fl(FdRef fd, int flags)
{
    return done(retry([&] { return ::fcntl(fd.get(), F_SETFL, flags); }), "fcntl F_SETFL", fd);
}

Status open_standard_streams()
{
    for (int fd = 0; fd < 3; ++fd) {
        if (::fcntl(fd, F_GETFD) == -1 && ::open("/dev/null", O_RDWR) == -1) {
            return Error::kernel(errno, "open(\"/dev/null\")");
        }
    }
    return {};
}

Status flock(FdRef fd, int operation)
{
    return done(retry([&] { return ::flock(fd.get(), operation); }), "flock", fd);
}

Result<std::vector<DirEntry>> list(FdRef dir)
{
    if (::lseek(dir.get(), 0, SEEK_SET) == -1) {
        return failed("lseek", dir);
    }
    std::vector<DirEntry> entries;
    alignas(dirent64) char buffer[32768];
    for (;;) {
        const long n = retry([&] { return ::syscall(SYS_getdents64, dir.get(), buffer, sizeof buffer); });
        if (n == -1) {
            return failed("getdents64", dir);
        }
        if (n == 0) {
            return entries;
        }
        for (long at = 0; at < n;) {
            const auto *entry = reinterpret_cast<const dirent64 *>(buffer + at);
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") {
                entries.push_back({std::string(name), entry->d_type});
            }
            at += entry->d_reclen;
        }
    }
}

Result<std::vector<DirEntry>> list_at(FdRef dir, const std::string &path)
{
    TRY_LET(fd, openat(dir, path, O_RDONLY | O_DIRECTORY));
    return list(fd);
}

}  // namespace rt::kernel
