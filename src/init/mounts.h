// SPDX-License-Identifier: Apache-2.0
//
// What several operations on mounts need.
#pragma once

#include "init/context.h"

namespace rt::init {

/// Whether the file behind `fd` lies on a file system of this kind (linux/magic.h).
bool is_on(Context &c, int fd, long magic);

/// A detached clone of the mount and directory `fd`, or of all below it too.
int clone_tree(Context &c, int fd, bool recursive);

/// move_mount(2) of `tree` onto the file or directory behind `target`.
int move_onto(Context &c, int tree, int target);

/// mount_setattr(2) on what `tree` is; `set`, `clear`: MOUNT_ATTR_*, `propagation`: MS_* or 0;
/// MOUNT_ATTR_IDMAP takes `c.ids`.  Before Linux 5.12 `tree` has to be attached, and only it is changed (but
/// for the propagation); plan::attach_first leaves nothing to do that mount(2) cannot.
int set_attributes(Context &c, int tree, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation);

/// Gives `context` (fsopen, fspick) the options, "key" or "key=value".  A failure takes the kernel's words
/// along.
int configure(Context &c, int context, char **options);

/// fsconfig(2) with a string; `key` or `value` as the command takes them.
int fsconfig(Context &c, int context, uint32_t command, const char *key, const char *value);

}  // namespace rt::init
