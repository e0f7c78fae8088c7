// SPDX-License-Identifier: Apache-2.0
#include "network/devices.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace rt::network {
namespace {

constexpr std::uint16_t kNetnsImmutable = 67;  // IFLA_NETNS_IMMUTABLE, Linux 6.15, newer than our headers

ifinfomsg head_of(std::uint32_t index)
{
    ifinfomsg head = {};
    head.ifi_family = AF_UNSPEC;
    head.ifi_index = static_cast<int>(index);
    return head;
}

Device device_of(const ifinfomsg &head, std::string_view attributes_)
{
    Device device;
    device.index = static_cast<std::uint32_t>(head.ifi_index);
    device.kind = head.ifi_type;
    device.flags = head.ifi_flags;
    const std::string_view name = attribute(attributes_, IFLA_IFNAME);
    device.name = name.substr(0, name.find('\0'));
    device.mac = attribute(attributes_, IFLA_ADDRESS);
    device.master = read_as<std::uint32_t>(attribute(attributes_, IFLA_MASTER)).value_or(0);
    device.stays = read_as<std::uint8_t>(attribute(attributes_, kNetnsImmutable)).value_or(0) != 0;
    return device;
}

}  // namespace

bool Device::up() const { return (flags & IFF_UP) != 0; }
bool Device::loopback() const { return (flags & IFF_LOOPBACK) != 0; }

Result<std::optional<Device>> find_device(Netlink &netlink, const std::string &name)
{
    auto asked = netlink.ask(Request(RTM_GETLINK, 0, head_of(0)).put_string(IFLA_IFNAME, name));
    if (!asked && asked.error().err() == ENODEV) {
        return std::optional<Device>();
    }
    TRY_LET(answers, std::move(asked));
    for (const Answer &answer : answers) {
        const auto head = read_as<ifinfomsg>(answer.body);
        if (answer.type == RTM_NEWLINK && head) {
            return std::optional(device_of(*head, std::string_view(answer.body).substr(sizeof(*head))));
        }
    }
    return Error::kernel(EBADMSG, "rtnetlink");
}

Status move_device(Netlink &netlink, std::uint32_t index, FdRef ns, const std::string &name)
{
    return netlink.tell(Request(RTM_NEWLINK, 0, head_of(index))
                            .put_number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(ns.get()))
                            .put_string(IFLA_IFNAME, name));
}

Status set_up(Netlink &netlink, std::uint32_t index)
{
    ifinfomsg head = head_of(index);
    head.ifi_flags = head.ifi_change = IFF_UP;
    return netlink.tell(Request(RTM_NEWLINK, 0, head));
}

Status set_master(Netlink &netlink, std::uint32_t index, std::uint32_t master)
{
    return netlink.tell(Request(RTM_NEWLINK, 0, head_of(index)).put_number(IFLA_MASTER, master));
}

}  // namespace rt::network
