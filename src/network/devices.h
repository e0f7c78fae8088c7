// SPDX-License-Identifier: Apache-2.0
//
// Network devices: what they are like, and what is done to one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "network/netlink.h"

namespace rt::network {

/// A device as RTM_GETLINK tells of it.
struct Device {
    std::string name;
    std::uint32_t index = 0;
    std::uint16_t kind = 0;    ///< ARPHRD_*
    std::uint32_t flags = 0;   ///< IFF_*
    std::uint32_t master = 0;  ///< index of the bridge it is a port of, or 0
    std::string mac;           ///< its bytes, or "" where this kind of device has none
    bool stays = false;        ///< the kernel does not let it into another namespace, and says so

    bool up() const;
    bool loopback() const;
};

/// The device of that name; nullopt when the namespace has none.
Result<std::optional<Device>> find_device(Netlink &netlink, const std::string &name);

/// Moves it into the namespace of the descriptor `ns`, where it is called `name`.  The kernel takes it down,
/// and its addresses away.  ENOMEM, ENOSPC, EINVAL, ...: it may be there already, under its old name.
Status move_device(Netlink &netlink, std::uint32_t index, FdRef ns, const std::string &name);

Status set_up(Netlink &netlink, std::uint32_t index);
Status set_master(Netlink &netlink, std::uint32_t index, std::uint32_t master);

}  // namespace rt::network
