// SPDX-License-Identifier: Apache-2.0
#include "kernel/calls_mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::kernel {

Status mount(const std::string &source, const std::string &target, unsigned long flags)
{
    if (::mount(source.c_str(), target.c_str(), nullptr, flags, nullptr) == -1) {
        return Error::kernel(errno, str("mount(\"", source, "\" on \"", target, "\")"));
    }
    return {};
}

Status chroot(FdRef dir)
{
    TRY(fchdir(dir));
    if (::chroot(".") == -1) {
        return Error::kernel(errno, "chroot(\".\")");
    }
    return {};
}

Result<Fd> open_tree(FdRef dir, const std::string &path, unsigned flags)
{
    const long fd = ::syscall(SYS_open_tree, dir.get(), path.c_str(), flags | O_CLOEXEC);
    if (fd == -1) {
        return Error::kernel(errno, str("open_tree(\"", path, "\")"));
    }
    return Fd(static_cast<int>(fd));
}

Status move_mount(FdRef from, const std::string &from_path, FdRef to, const std::string &to_path,
                  unsigned flags)
{
    if (::syscall(SYS_move_mount, from.get(), from_path.c_str(), to.get(), to_path.c_str(), flags) == -1) {
        return Error::kernel(errno, str("move_mount(\"", from_path, "\" on \"", to_path, "\")"));
    }
    return {};
}

Status umount2(const std::string &target, int flags)
{
    if (::umount2(target.c_str(), flags) == -1) {
        return Error::kernel(errno, str("umount2(\"", target, "\")"));
    }
    return {};
}

Status pivot_root(const std::string &new_root, const std::string &put_old)
{
    if (::syscall(SYS_pivot_root, new_root.c_str(), put_old.c_str()) == -1) {
        return Error::kernel(errno, str("pivot_root(\"", new_root, "\")"));
    }
    return {};
}

}  // namespace rt::kernel
