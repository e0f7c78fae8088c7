// SPDX-License-Identifier: Apache-2.0
//
// What a file is besides its name and its bytes: owner, times, extended attributes, other names; how it
// begins, and where it is in a tree of somebody else's.  As in calls_fs.h: the kernel's name and argument
// order, Result instead of -1.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::kernel {

Status fchown(FdRef fd, uid_t uid, gid_t gid);
/// Sets both times of `path` (which is not followed when it is a link), or of `dir` itself when it is "".
Status utimensat(FdRef dir, const std::string &path, timespec both);
/// linkat(2) of a file without a name: `file` is of O_TMPFILE.
Status linkat(FdRef file, FdRef new_dir, const std::string &new_path);
Status linkat(FdRef old_dir, const std::string &old_path, FdRef new_dir, const std::string &new_path);
/// realpath(3): `path`, absolute, without a link, "." or ".." in it.
Result<std::string> realpath(const std::string &path);
/// openat2(2) as a process sees `path` whose root is `root`: absolute links and ".." stay inside, magic links
/// are refused (ELOOP).
Result<Fd> open_in_root(FdRef root, const std::string &path, std::uint64_t flags);
/// A file `name` in `dir` that is not there yet (EEXIST), with `text` in it.
Status write_new(FdRef dir, const std::string &name, std::string_view text, mode_t mode);
/// pwrite(2) until all of `bytes` is written.
Status pwrite_all(FdRef fd, std::string_view bytes, std::uint64_t offset);
/// pread(2) into `to`, once; how many bytes came, 0 at the end.
Result<std::size_t> pread(FdRef fd, char *to, std::size_t size, std::uint64_t offset);

Status fsetxattr(FdRef fd, const std::string &name, std::string_view value);
/// Of `path` from the working directory; a link is not followed.
Status lsetxattr(const std::string &path, const std::string &name, std::string_view value);
/// The names of all attributes of `path` from the working directory; a link is not followed.
Result<std::vector<std::string>> llistxattr(const std::string &path);
/// The value of one of them.
Result<std::string> lgetxattr(const std::string &path, const std::string &name);
Result<std::string> fgetxattr(FdRef fd, const std::string &name);
/// The names of all attributes of `fd`.
Result<std::vector<std::string>> flistxattr(FdRef fd);
Status fremovexattr(FdRef fd, const std::string &name);

/// Writes back the whole file system of `fd`; errors of earlier writes since `fd` was opened are told as
/// well.
Status syncfs(FdRef fd);

/// Of a file its bytes and what leads to them, of a directory its names.
Status fsync(FdRef fd);

/// close_range(2), both included.
Status close_range(unsigned first, unsigned last);

}  // namespace rt::kernel
