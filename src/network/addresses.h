// SPDX-License-Identifier: Apache-2.0
//
// Addresses of network devices, of any family, as the messages of rtnetlink(7) they come in: whatever
// attributes the kernel tells of can be handed back to it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "network/netlink.h"

namespace rt::network {

/// struct ifaddrmsg and its attributes.
struct Address {
    std::string message;

    /// Permanent, and of global scope: what goes along with a device (config-linux.md#network-devices).
    bool lasting() const;
    /// IPv6 fe80::/10, which the kernel makes itself when the device comes up.
    bool link_local() const;
};

/// Those of the device `index`, but the temporary ones that the kernel makes out of others.
Result<std::vector<Address>> addresses_of(Netlink &netlink, std::uint32_t index);

/// Gives `address` to the device `index`, now called `name`, with all its attributes; a label that began with
/// `old_name` begins with `name`.  One that is there already is fine.
Status add_address(Netlink &netlink, std::uint32_t index, const std::string &old_name,
                   const std::string &name, const Address &address);

}  // namespace rt::network
