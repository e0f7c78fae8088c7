// SPDX-License-Identifier: Apache-2.0
//
// init says (step, errno, number of the call); here that becomes a sentence.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "container/program.h"
#include "container/record.h"
#include "init/wire.h"
#include "plan/step.h"

namespace rt::container {

/// "open_tree" for __NR_open_tree; "system call 999" for one we have no name for.
std::string syscall_name(std::uint32_t number);

/// What init was doing when it failed.
LateStep late_step(const plan::Step &step);

/// What mount_setattr(2) means by EINVAL where ids were to be mapped on a file system of that type.
std::string no_idmap_hint(std::string_view type);

/// The type of the file system that `path` is on, from /proc/self/mountinfo; "" where that does not say.
std::string file_system_at(const std::string &path);

/// The Error of a kFailed message.  `output`: what a hook printed, or -1.  `program`: of a kExec.
Error explain(const LateStep &step, const init::Message &message, FdRef output, const Sought &program = {});

/// `error` of the system call `call`, which was the parent's to make for a step, with explain()'s hint.
Error advise(Error error, const LateStep &step, std::uint32_t call);

/// Why prlimit(2) says EPERM to a hard limit of `wanted`.
std::string no_such_limit(int resource, std::uint64_t wanted);

/// What EMFILE comes from.
std::string no_more_descriptors();

/// The Error of an init that ended without a message; waits for the end of `pidfd`, and reaps it.
Error explain_end(FdRef pidfd, const cgroup::CgroupRecord &cgroup);

/// Warns where `status`, as wait(2) has it, is of a program that was killed in a cgroup without memory left.
void warn_of_memory(int status, const cgroup::CgroupRecord &cgroup);

}  // namespace rt::container
