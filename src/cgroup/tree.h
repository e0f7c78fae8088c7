// SPDX-License-Identifier: Apache-2.0
//
// One directory of a cgroup file system and those below it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::cgroup {

/// Opens `path`; not open when it is missing.  Refuses a link and anything outside of a cgroup file system.
Result<Fd> open_dir(const std::string &path);

/// A small file of `dir` without its final newline; "" when it is missing.
Result<std::string> read_value(FdRef dir, const std::string &file);

/// The number behind `key` in a file of "key number" lines (cgroup.events): "1".  "" without one.
std::string value_of(const std::string &text, const std::string &key);

/// Whether `dir`, of v2 or of v1's freezer, is frozen, by itself or with one above.
Result<bool> is_frozen(FdRef dir);
/// The same where it is known which it is of.
Result<bool> is_frozen(FdRef dir, bool v2);

/// The processes in `path` and below it, in no order.  None when it is missing.
Result<std::vector<pid_t>> processes_below(const std::string &path);

/// Removes `path` and all below it.  false: a process, or a cgroup that came meanwhile, is in the way.
Result<bool> remove_tree(const std::string &path);

}  // namespace rt::cgroup
