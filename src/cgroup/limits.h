// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "plan/cgroup.h"

namespace rt::cgroup {

/// memory.checkBeforeUpdate: refuses a limit in `where` that is below what is used.  write_limits() does it
/// too; who has several directories to write to does it for all of them first.
Status check_limits(const plan::CgroupDir &where);

/// Writes what is planned for `where` into `dir`, that directory, in order; a file that takes many
/// lines is opened once.  Errors carry the JSON pointer of the value.
Status write_limits(FdRef dir, const plan::CgroupDir &where);

/// The same without the check, and with every value tried whatever became of the others; the error is that of
/// the first which did not go.
Status write_what_goes(FdRef dir, const plan::CgroupDir &where);

/// v1: gives cpuset.cpus and cpuset.mems of `path` the values of the cgroup above, and that one's
/// likewise up to `mount`, where they are empty.  Nobody can join before.
Status fill_cpuset(FdRef dir, const std::string &path, const std::string &mount);

}  // namespace rt::cgroup
