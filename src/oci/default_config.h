// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rt::oci {

/// Who a rootless container's root is outside.
struct RootlessIds {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};

struct DefaultConfigOptions {
    /// With the unified hierarchy a cgroup namespace is the rule.
    bool cgroup_namespace = false;
    /// There is a group 5, for terminals.
    bool tty_group = true;
    /// A user namespace with this one uid and gid, /sys bound from the host, the host's network, no
    /// cgroup limits.
    std::optional<RootlessIds> rootless;
};

/// What `runtime spec` writes, with a newline at the end.
std::string default_config(const DefaultConfigOptions &options = {});

}  // namespace rt::oci
