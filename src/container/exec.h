// SPDX-License-Identifier: Apache-2.0
//
// One more process in a container.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace rt::container {

/// What `exec` is told.  Absent is what the container's own process has.
struct ExecOptions {
    std::string root;  ///< --root
    std::string id;
    std::string process_file;  ///< a process object; all below up to `tty` is then refused by the caller
    std::vector<std::string> args;
    std::vector<std::string> env;  ///< added
    std::string cwd;
    std::optional<std::uint32_t> uid, gid;
    std::vector<std::uint32_t> additional_gids;  ///< added
    std::vector<std::string> capabilities;       ///< added: "CAP_KILL"
    std::optional<std::string> apparmor_profile, selinux_label;
    std::optional<bool> no_new_privileges;
    bool tty = false;
    // -- of the process itself
    bool detach = false;
    bool ignore_paused = false;
    std::string console_socket;
    std::string pid_file;
    std::string pidfd_socket;
    std::vector<std::string> cgroups;  ///< --cgroup: "PATH" or "controller,...:PATH", below the container's
    std::uint32_t preserve_fds = 0;
};

/// Runs it in the container.  Gives the exit code: the program's, or 128 + its signal; 0 when detached.
Result<int> exec(const ExecOptions &options);

/// The process object that `options` and the container's `config` come to.
Result<oci::Process> exec_process(const ExecOptions &options, const oci::Config &config);

}  // namespace rt::container
