// SPDX-License-Identifier: Apache-2.0
//
// One function per Op, by the same name; wire.h says what each does.  Each gives 0 or -errno.
#pragma once

#include "init/context.h"

namespace rt::init::ops {

using Handler = int (*)(Context &c, const Record &r);

// talk.cc
int tell(Context &c, const Record &r);
int await(Context &c, const Record &r);

// ops_process.cc
int call(Context &c, const Record &r);
int write(Context &c, const Record &r);
int keyring(Context &c, const Record &r);
int fork(Context &c, const Record &r);
int join_cgroups(Context &c, const Record &r);
int chdir(Context &c, const Record &r);

// ops_namespaces.cc
int setns(Context &c, const Record &r);
int unshare(Context &c, const Record &r);
int become_root(Context &c, const Record &r);
int loopback(Context &c, const Record &r);

// ops_root.cc
int propagation(Context &c, const Record &r);
int root(Context &c, const Record &r);
int no_mount_root(Context &c, const Record &r);
int root_attr(Context &c, const Record &r);
int pivot(Context &c, const Record &r);
int chroot(Context &c, const Record &r);

// ops_mount.cc
int open_tree(Context &c, const Record &r);
int tree(Context &c, const Record &r);
int keep(Context &c, const Record &r);
int fs_mount(Context &c, const Record &r);
int legacy_mount(Context &c, const Record &r);
int target(Context &c, const Record &r);
int reconfigure(Context &c, const Record &r);
int set_attr(Context &c, const Record &r);
int label(Context &c, const Record &r);

// ops_attach.cc
int attach(Context &c, const Record &r);

// ops_copy.cc
int copy_up(Context &c, const Record &r);

// ops_files.cc
int mkdir(Context &c, const Record &r);
int symlink(Context &c, const Record &r);
int device(Context &c, const Record &r);

// ops_mask.cc
int mask(Context &c, const Record &r);
int readonly(Context &c, const Record &r);

// ops_console.cc
int console(Context &c, const Record &r);

// ops_hook.cc
int hook(Context &c, const Record &r);

// home.cc
int home(Context &c, const Record &r);

// ops_privileges.cc
int rlimit(Context &c, const Record &r);
int bounding_drop(Context &c, const Record &r);
int ids(Context &c, const Record &r);
int capset(Context &c, const Record &r);

// ops_seccomp.cc
int seccomp(Context &c, const Record &r);

// ops_end.cc
int find(Context &c, const Record &r);
int park(Context &c, const Record &r);
int close_fds(Context &c, const Record &r);
int exec(Context &c, const Record &r);

}  // namespace rt::init::ops
