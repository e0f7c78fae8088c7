// SPDX-License-Identifier: Apache-2.0
//
// Lines of /proc/PID/mountinfo, proc_pid_mountinfo(5).
#pragma once

#include <string>
#include <string_view>

namespace rt::kernel {

/// The mount's ID, the first word of a line, and that of the mount it is on, the second.
std::string_view mount_id(std::string_view line);
std::string_view parent_id(std::string_view line);
/// Where the mount of a line is: its fifth word, with "\040" a blank again.  "" of a line without one.
std::string mount_point(std::string_view line);

}  // namespace rt::kernel
