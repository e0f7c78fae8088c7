// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oci/config.h"

namespace rt::oci {

/// The file of a sysctl below /proc/sys: "net.ipv4.ip_forward" and "net/ipv4/ip_forward" give
/// "net/ipv4/ip_forward".  As in sysctl(8) the first separator decides, and the other one stands
/// for a dot in a name: "net.ipv4.conf.eth0/1.forwarding" gives "net/ipv4/conf/eth0.1/forwarding".
/// nullopt when a component is empty, "." or "..", or holds a blank or a control character.
std::optional<std::string> sysctl_path(std::string_view key);

/// The namespace the sysctl with that sysctl_path() belongs to; nullopt when it belongs to none, or
/// to nothing a container may change.
std::optional<NamespaceType> sysctl_namespace(std::string_view path);

}  // namespace rt::oci
