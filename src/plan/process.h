// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan_draft.h"
#include "plan/process_capabilities.h"

namespace rt::plan {

/// process.env as the program will see it: with HOME (kHomeSlot when it has to be looked up) and
/// LISTEN_FDS, LISTEN_PID when descriptors are passed on.
std::vector<std::string> environment(const oci::Process &process, std::uint32_t listen_fds);

/// The paths execvp(3) would try for args[0], by the PATH of `env`.
// spec: ProcArgsExecvp
std::vector<std::string> candidates(const std::string &program, const std::vector<std::string> &env);

/// What `process` comes down to, in the three places where its steps go.
class ProcessPlan {
public:
    static Result<ProcessPlan> make(Draft &draft, const oci::Process &process);

    /// The working directory and the limits that only a privileged process can raise.
    void prepare(Draft &draft) const;
    /// Ids, capabilities and no_new_privs; HOME, for which /etc/passwd may have to be readable.
    void shrink(Draft &draft) const;
    /// Fails when there is no such program: who creates a container hears of that, and not who starts it.
    void look(Draft &draft) const;
    /// Limits, descriptors, seccomp and the program.
    void execute(Draft &draft) const;

    const std::vector<std::string> &env() const { return env_; }

private:
    explicit ProcessPlan(const oci::Process &process) : process_(process) {}
    void limits(Draft &draft, bool raise_only) const;

    const oci::Process &process_;
    std::vector<std::string> env_;
    CapabilitySets sets_;
    bool seccomp_ = false;
    std::uint32_t seccomp_flags_ = 0;
    std::string filter_;  ///< sock_filter[], as bytes
};

}  // namespace rt::plan
