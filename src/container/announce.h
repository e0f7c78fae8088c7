// SPDX-License-Identifier: Apache-2.0
//
// What `create` and `run` tell their caller about the new process.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "container/container.h"
#include "container/record.h"

namespace rt::container {

/// The number and nothing else, complete from the moment the name is there: by linkat(2), or where that
/// cannot be by a temporary name and rename(2).
Status write_pid_file(const std::string &path, pid_t pid);

/// Sends `pidfd` (SCM_RIGHTS) to the unix stream socket at `path`.
Status send_pidfd(const std::string &path, FdRef pidfd);

/// The socket that `create` and `run` send the pidfd to: the command line's, else the annotation's; "" for
/// none.
std::string pidfd_socket(const CreateOptions &options, const Record &record);

/// Both, each only where the caller gave a path.  `announced`: there is a pid file of ours now.
Status announce_process(const std::string &pid_file, const std::string &pidfd_socket, pid_t pid, FdRef pidfd,
                        bool &announced);

}  // namespace rt::container
