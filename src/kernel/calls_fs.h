// SPDX-License-Identifier: Apache-2.0
//
// System calls about files, one function each: the kernel's name and argument order, Result instead
// of -1.  Descriptors are close-on-exec always.  EINTR is retried here and nowhere else.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::kernel {

/// The `dir` for paths from the working directory, or absolute ones.
inline constexpr FdRef kCwd{AT_FDCWD};

Result<Fd> openat(FdRef dir, const std::string &path, int flags, mode_t mode = 0);
/// openat2(2); retried a bounded number of times while a rename elsewhere makes it say EAGAIN.
Result<Fd> openat2(FdRef dir, const std::string &path, open_how how);
/// open("/proc/self/fd/N"): the same file again, with other flags.
Result<Fd> reopen(FdRef fd, int flags);
Status mkdirat(FdRef dir, const std::string &path, mode_t mode);
/// `flags`: AT_REMOVEDIR or 0.
Status unlinkat(FdRef dir, const std::string &path, int flags);
Status renameat(FdRef old_dir, const std::string &old_path, FdRef new_dir, const std::string &new_path);
/// renameat2(2) with RENAME_*.
Status renameat2(FdRef old_dir, const std::string &old_path, FdRef new_dir, const std::string &new_path,
                 unsigned flags);
Status symlinkat(const std::string &target, FdRef dir, const std::string &path);
Status mknodat(FdRef dir, const std::string &path, mode_t mode, dev_t dev);
Status fchmod(FdRef fd, mode_t mode);
/// Follows links, as the kernel's call does.
Status fchmodat(FdRef dir, const std::string &path, mode_t mode);
Status fchownat(FdRef dir, const std::string &path, uid_t uid, gid_t gid, int flags);
Status ftruncate(FdRef fd, off_t length);
Status fchdir(FdRef fd);

Result<struct stat> fstat(FdRef fd);
/// `flags`: AT_SYMLINK_NOFOLLOW or 0.
Result<struct stat> fstatat(FdRef dir, const std::string &path, int flags);
/// statfs(2) of the file system that `fd` is on.
Result<struct statfs> fstatfs(FdRef fd);
/// f_type of statfs(2): CGROUP2_SUPER_MAGIC, TMPFS_MAGIC, ...
Result<std::uint64_t> fstatfs_type(FdRef fd);
Result<std::uint64_t> statfs_type(const std::string &path);
/// The link's text; up to PATH_MAX bytes.
Result<std::string> readlinkat(FdRef dir, const std::string &path);
/// faccessat(2) with F_OK, R_OK, ...
Status faccessat(FdRef dir, const std::string &path, int mode, int flags = 0);

/// One read(2), up to `size` bytes; "" is the end.
Result<std::string> read(FdRef fd, std::size_t size);
/// One pread(2), up to `size` bytes from `offset`.
Result<std::string> pread(FdRef fd, std::size_t size, off_t offset);
/// One write(2); gives how many bytes went through.
Result<std::size_t> write(FdRef fd, std::string_view bytes);
/// Everything up to the end; EFBIG when that is more than `limit` bytes.
Result<std::string> read_all(FdRef fd, std::size_t limit);
/// The same of a regular file, which gives less than it is asked for at its end only.
Result<std::string> read_regular(FdRef fd, std::size_t limit);
/// write(2) until all of `bytes` is written.
Status write_all(FdRef fd, std::string_view bytes);

/// openat(2) read-only and read_all().
Result<std::string> read_file(FdRef dir, const std::string &path, std::size_t limit);
/// openat(2) read-only and one read(2): for a file that comes whole, as those of cgroups of a line or two do.
/// EFBIG when it has `size` bytes or more.
Result<std::string> read_brief(FdRef dir, const std::string &path, std::size_t size);
/// What a file of procfs or sysfs says, without the newline at its end; "" where it cannot be read.
std::string text_of(const std::string &path);
/// openat(2) O_WRONLY, without O_CREAT, and one write(2): for the files of procfs, sysfs and cgroups,
/// which take a value whole or not at all.  The error says the value and the path.
Status write_file(FdRef dir, const std::string &path, std::string_view value);

/// memfd_create(2), close-on-exec; `flags`: MFD_ALLOW_SEALING, MFD_EXEC, ...
Result<Fd> memfd_create(const std::string &name, unsigned flags);
/// fcntl(F_ADD_SEALS); F_SEAL_*.
Status add_seals(FdRef fd, int seals);
/// fcntl(F_GET_SEALS).
Result<int> seals_of(FdRef fd);
struct Pipe {
    Fd reading, writing;
};
/// pipe2(2), close-on-exec.
Result<Pipe> pipe2();
/// fcntl(F_DUPFD_CLOEXEC): the lowest free number from `lowest` on.
Result<Fd> dup(FdRef fd, int lowest = 3);
/// fcntl(F_SETFD): whether an execve(2) closes `fd`.
Status set_cloexec(FdRef fd, bool on);
/// fcntl(F_SETFL).
Status set_fl(FdRef fd, int flags);
/// open(2) of /dev/null on those of descriptors 0 to 2 that are closed, so that no file of ours becomes one.
Status open_standard_streams();
/// flock(2): LOCK_EX, LOCK_SH, LOCK_UN, and LOCK_NB.
Status flock(FdRef fd, int operation);

struct DirEntry {
    std::string name;                 ///< never "." or ".."
    unsigned char type = DT_UNKNOWN;  ///< DT_DIR, ...; DT_UNKNOWN where the file system doesn't say
};

/// What is in `dir` (opened with O_RDONLY|O_DIRECTORY; not O_PATH), from its start, in the kernel's order.
Result<std::vector<DirEntry>> list(FdRef dir);
/// list() of a directory that openat(2) opens.
Result<std::vector<DirEntry>> list_at(FdRef dir, const std::string &path);

}  // namespace rt::kernel
