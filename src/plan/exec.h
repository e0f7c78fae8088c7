// SPDX-License-Identifier: Apache-2.0
//
// Another process in a container that is there: the plan of `exec`.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "oci/config.h"
#include "plan/plan.h"

namespace rt::plan {

/// What planning has to know about the container besides its config.json.
struct ExecRequest {
    std::string id;
    pid_t init = 0;           ///< its first process
    std::size_t cgroups = 0;  ///< v1 hierarchies it is in: descriptors that come with kCgroup
    std::string keyring;      ///< the name of its session keyring; "": the caller's is kept
    std::uint32_t preserve_fds = 0;
    std::optional<SeccompProgram> filter;  ///< what linux.seccomp came to when the container was made
};

/// `config` is the container's own, as it was created with; `process` what to run.  Its half of the
/// container, through the pidfd of its first process (Plan::enter_steps) into the namespaces, and into the
/// pid namespace by a fork at the end.  The parent's turns are kCgroup,
/// for which init waits before it does anything, and kAdopted, for which the process that was forked waits.
Result<Plan> make_exec(const oci::Config &config, const oci::Process &process, const ExecRequest &request,
                       const Host &host);

}  // namespace rt::plan
