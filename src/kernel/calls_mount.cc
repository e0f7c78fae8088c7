// SPDX-License-Identifier: Apache-2.0
#include "kernel/calls_mount.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/raw.h"

namespace rt::kernel {
namespace {

/// What the kernel has said of `context` and nobody has read: the first thing, without "e ".
std::string told(FdRef context)
{
    std::string text(512, '\0');
    const ssize_t size = ::read(context.get(), text.data(), text.size());
    if (size <= 2 || (text[0] != 'e' && text[0] != 'w')) {
        return "";
    }
    text = text.substr(2, static_cast<std::size_t>(size) - 2);
    return text.substr(0, text.find('\n'));
}

Status configure(FdRef context, unsigned command, const char *key, const char *value, int number)
{
    if (::syscall(SYS_fsconfig, context.get(), command, key, value, number) == 0) {
        return {};
    }
    const int err = errno;
    const std::string why = told(context);
    return Error::kernel(
        err, str("fsconfig(\"", key != nullptr ? key : "create", "\")", why.empty() ? "" : ": ", why));
}

}  // namespace

Status mount(const std::string &source, const std::string &target, unsigned long flags)
{
    if (::mount(source.c_str(), target.c_str(), nullptr, flags, nullptr) == -1) {
        return Error::kernel(errno, str("mount(\"", source, "\" on \"", target, "\")"));
    }
    return {};
}

Status mount_new(const std::string &type, const std::string &source, const std::string &target,
                 unsigned long flags, const std::string &options)
{
    if (::mount(source.c_str(), target.c_str(), type.c_str(), flags, options.c_str()) == -1) {
        return Error::kernel(errno, str("mount(\"", type, "\" on \"", target, "\")"));
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

Result<Fd> fsopen(const std::string &type)
{
    const long fd = ::syscall(SYS_fsopen, type.c_str(), FSOPEN_CLOEXEC);
    if (fd == -1) {
        return Error::kernel(errno, str("fsopen(\"", type, "\")"));
    }
    return Fd(static_cast<int>(fd));
}

Status fsconfig(FdRef context, const std::string &key, const std::string &value)
{
    return configure(context, FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0);
}

Status fsconfig(FdRef context, const std::string &key, FdRef value)
{
    return configure(context, FSCONFIG_SET_FD, key.c_str(), nullptr, value.get());
}

Status fsconfig_flag(FdRef context, const std::string &key)
{
    return configure(context, FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0);
}

Status fsconfig_create(FdRef context) { return configure(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0); }

Result<Fd> fsmount(FdRef context, unsigned attributes)
{
    const long fd = ::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, attributes);
    if (fd == -1) {
        const int err = errno;
        return Error::kernel(err, str("fsmount()", told(context)));
    }
    return Fd(static_cast<int>(fd));
}

Status mount_setattr_idmap(FdRef tree, FdRef user_namespace)
{
    const mount_attr attr{.attr_set = MOUNT_ATTR_IDMAP,
                          .userns_fd = static_cast<std::uint64_t>(user_namespace.get())};
    const long ret = raw::call(__NR_mount_setattr, tree.get(), raw::word(""), AT_EMPTY_PATH, raw::word(&attr),
                               sizeof attr);
    return ret < 0 ? Status(Error::kernel(static_cast<int>(-ret), "mount_setattr(MOUNT_ATTR_IDMAP)"))
                   : Status();
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
