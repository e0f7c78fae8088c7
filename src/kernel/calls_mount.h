// SPDX-License-Identifier: Apache-2.0
//
// System calls about the mount namespace we are in.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace rt::kernel {

/// mount(2) without a type or options: MS_BIND, or a change of propagation.
Status mount(const std::string &source, const std::string &target, unsigned long flags);
/// mount(2) of a file system of `type`.
Status mount_new(const std::string &type, const std::string &source, const std::string &target,
                 unsigned long flags, const std::string &options);
/// open_tree(2): OPEN_TREE_CLONE, AT_EMPTY_PATH, ...
Result<Fd> open_tree(FdRef dir, const std::string &path, unsigned flags);
/// move_mount(2): MOVE_MOUNT_*.
Status move_mount(FdRef from, const std::string &from_path, FdRef to, const std::string &to_path,
                  unsigned flags);
/// fsopen(2).
Result<Fd> fsopen(const std::string &type);
/// fsconfig(2) FSCONFIG_SET_STRING; the error has what the kernel says of it.
Status fsconfig(FdRef context, const std::string &key, const std::string &value);
/// fsconfig(2) FSCONFIG_SET_FD.
Status fsconfig(FdRef context, const std::string &key, FdRef value);
/// fsconfig(2) FSCONFIG_SET_FLAG.
Status fsconfig_flag(FdRef context, const std::string &key);
/// fsconfig(2) FSCONFIG_CMD_CREATE.
Status fsconfig_create(FdRef context);
/// fsmount(2): MOUNT_ATTR_*.
Result<Fd> fsmount(FdRef context, unsigned attributes);
/// mount_setattr(2) of a mount that is nowhere yet: as those of `user_namespace` its files' ids are seen.
Status mount_setattr_idmap(FdRef tree, FdRef user_namespace);
/// umount2(2): MNT_DETACH, ...
Status umount2(const std::string &target, int flags);
Status pivot_root(const std::string &new_root, const std::string &put_old);
/// fchdir(2) and chroot(2): `dir` is our root from now on, and our working directory.
Status chroot(FdRef dir);

}  // namespace rt::kernel
