// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan_draft.h"
#include "plan/process_capabilities.h"
#include "plan/seccomp_verdict.h"

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
    /// The filter, and the right to install it gone, for who goes on to make only `calls` before execute():
    /// if it lets those through, and if there is such a right.  True: execute() is not to install it again.
    bool filter_before(Draft &draft, std::span<const NativeCall> calls) const;
    /// Limits, descriptors, seccomp unless `filtered`, and the program.
    void execute(Draft &draft, bool filtered = false) const;

    const std::vector<std::string> &env() const { return env_; }

private:
    explicit ProcessPlan(const oci::Process &process) : process_(process) {}
    void limits(Draft &draft, bool raise_only) const;
    void set_capabilities(Draft &draft, std::uint64_t extra) const;
    void install_filter(Draft &draft) const;
    /// Without no_new_privs seccomp(2) wants CAP_SYS_ADMIN.
    bool filter_wants_right(const Draft &draft) const
    {
        return draft.plan.filter && !process_.no_new_privileges;
    }

    const oci::Process &process_;
    std::vector<std::string> env_;
    CapabilitySets sets_;
};

}  // namespace rt::plan
