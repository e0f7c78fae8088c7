// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <asm/unistd.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "plan/plan.h"

namespace rt::plan::test {

inline const Request kRequest = {.id = "web", .bundle = "/b", .keyring = "_ses.web"};

/// A machine with v1 cpu and memory beside an empty v2 tree.
inline Host hybrid_host()
{
    Host host;
    host.cgroups.hierarchies = {
        {.v2 = true, .mount = "/sys/fs/cgroup/unified", .own = "/"},
        {.controllers = {"memory"}, .mount = "/sys/fs/cgroup/memory", .own = "/"},
        {.controllers = {"cpu", "cpuacct"}, .mount = "/sys/fs/cgroup/cpu,cpuacct", .own = "/"}};
    host.capabilities = (std::uint64_t{1} << 41) - 1;
    return host;
}

/// A machine without cgroups.
inline Host bare_host()
{
    Host host = hybrid_host();
    host.cgroups.hierarchies.clear();
    return host;
}

/// New pid and mount namespaces, one program.
inline oci::Config minimal()
{
    oci::Config config;
    config.oci_version = "1.2.0";
    config.root = oci::Root{.path = "rootfs"};
    config.process.emplace();
    config.process->args = {"/bin/sh"};
    config.process->cwd = "/";
    config.process->env = {"PATH=/bin", "HOME=/root"};
    config.linux_.namespaces = {{oci::NamespaceType::kPid, ""}, {oci::NamespaceType::kMount, ""}};
    return config;
}

inline Plan planned(const oci::Config &config, const Host &host = bare_host(),
                    const Request &request = kRequest)
{
    auto plan = make(config, request, host);
    EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : plan.error().text());
    return plan.ok() ? std::move(plan).take() : Plan{};
}

/// "pointer: what", of a config that can't be planned.
inline std::string refused(const oci::Config &config, const Host &host = bare_host(),
                           const Request &request = kRequest)
{
    const auto plan = make(config, request, host);
    return plan.ok() ? "not refused" : plan.error().pointer() + ": " + plan.error().text();
}

/// A line for each step: its sentence and what of its record is not zero.
std::string print(const Step &step);
std::vector<std::string> print(const Plan &plan);
/// The lines from the first step `from` up to the last step `to`, both included.
std::vector<std::string> between(const Plan &plan, init::Op from, init::Op to);
/// The lines of the steps that come from `section` ("/mounts"), or from its member `index`.
std::vector<std::string> of(const Plan &plan, std::string_view section, int index = -1);

/// The same up to the last step that does nothing but the system call `to`.
std::vector<std::string> between(const Plan &plan, init::Op from, long to);

/// Indices of the kCall of that number.
std::vector<std::size_t> calls(const Plan &plan, long number);
const Step &only_call(const Plan &plan, long number);
/// Indices of the steps that do `op`.
std::vector<std::size_t> all(const Plan &plan, init::Op op);
const Step &only(const Plan &plan, init::Op op);

}  // namespace rt::plan::test
