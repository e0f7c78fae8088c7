// SPDX-License-Identifier: Apache-2.0
//
// The mounts of a process as /proc/PID/mountinfo tells them, proc_pid_mountinfo(5).
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::container {

struct Mounted {
    int id = 0;
    std::string device;  ///< of the file system: "8:1"
    std::string root;    ///< what of the file system is mounted: "/" or "/a/b"
    std::string point;   ///< where, seen from the process's root
    std::string type;    ///< "ext4"
};

/// `process`: "self", or a pid.
Result<std::vector<Mounted>> mount_table(FdRef procfs, const std::string &process);

/// The text of such a file; lines that are none are left out.
std::vector<Mounted> parse_mount_table(std::string_view text);

}  // namespace rt::container
