// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_hooks.h"

#include "oci/state.h"

namespace rt::plan {
namespace {

using init::Op;

constexpr std::uint64_t kMsPerSecond = 1000;

/// The state JSON around its pid, which only init knows as its namespace has it.
struct State {
    std::string before, behind;
};

State state(const Draft &draft, oci::Status status)
{
    oci::State full;
    full.oci_version = draft.config.oci_version;
    full.id = draft.request.id;
    full.status = status;
    full.pid = 1;
    full.bundle = draft.request.bundle;
    full.rootfs = draft.plan.rootfs;
    full.annotations = draft.config.annotations;
    const std::string text = oci::hook_state(full);
    constexpr std::string_view kPid = "\"pid\":";
    // The first one is ours: only annotations, which come later, could name one like it.
    const std::size_t pid = text.find_first_of("0123456789", text.find(kPid) + kPid.size());
    return {text.substr(0, pid), text.substr(text.find_first_not_of("0123456789", pid))};
}

void run(Draft &draft, const std::vector<oci::Hook> &hooks, const char *section, oci::Status status,
         const std::vector<std::string> &env)
{
    if (hooks.empty()) {
        return;
    }
    const State around = state(draft, status);
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        const oci::Hook &hook = hooks[i];
        draft.plan.hook_steps.push_back(draft.next());
        Step &step = draft.add(Op::kHook, {section, static_cast<std::int32_t>(i)});
        step.a = static_cast<std::uint64_t>(hook.timeout.value_or(0)) * kMsPerSecond;
        step.s1 = hook.path;
        step.more().w2 = hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args;
        step.w3 = hook.env ? *hook.env : env;
        step.more().bytes = around.before;
        step.more().bytes2 = around.behind;
    }
}

}  // namespace

// spec: CreateContainerTiming
void run_create_container_hooks(Draft &draft)
{
    run(draft, draft.config.hooks.create_container, "/hooks/createContainer", oci::Status::kCreating,
        draft.request.environment);
}

// spec: StartContainerTiming
void run_start_container_hooks(Draft &draft, const std::vector<std::string> &env)
{
    run(draft, draft.config.hooks.start_container, "/hooks/startContainer", oci::Status::kCreated, env);
}

}  // namespace rt::plan
