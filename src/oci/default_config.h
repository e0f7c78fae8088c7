// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace rt::oci {

/// What `runtime spec` writes, with a newline at the end.
std::string default_config();

/// The same for `spec --rootless`: a user namespace with one uid and gid (the caller's), /sys bound
/// from the host, no network namespace, no cgroup limits.
std::string default_rootless_config(std::uint32_t uid, std::uint32_t gid);

}  // namespace rt::oci
