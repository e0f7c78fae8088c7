// SPDX-License-Identifier: Apache-2.0
#include "network/addresses.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace rt::network {
namespace {

constexpr std::size_t kLongestLabel = 15;

/// What an address was given, and not what became of it.
constexpr std::uint32_t kGivenFlags = IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_HOMEADDRESS |
                                      IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;
constexpr auto kGivenAttributes = std::to_array<std::uint16_t>(
    {IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_ANYCAST, IFA_CACHEINFO, IFA_RT_PRIORITY, IFA_PROTO});

std::string_view attributes_in(const Address &address)
{
    return std::string_view(address.message).substr(sizeof(ifaddrmsg));
}

ifaddrmsg head_of(const Address &address)
{
    return read_as<ifaddrmsg>(address.message).value_or(ifaddrmsg{});
}

std::uint32_t flags_of(const Address &address)
{
    return read_as<std::uint32_t>(attribute(attributes_in(address), IFA_FLAGS))
        .value_or(head_of(address).ifa_flags);
}

/// "eth0:1" of eth0 that is net1 now: "net1:1".
std::string relabel(std::string_view label, std::string_view old_name, std::string_view name)
{
    label = label.substr(0, label.find('\0'));
    const std::string_view rest =
        label.starts_with(old_name) ? label.substr(old_name.size()) : std::string_view();
    if (label != old_name && !rest.starts_with(':')) {
        return std::string(label);
    }
    return (std::string(name) += rest).substr(0, kLongestLabel);
}

}  // namespace

bool Address::lasting() const
{
    return (flags_of(*this) & IFA_F_PERMANENT) != 0 && head_of(*this).ifa_scope == RT_SCOPE_UNIVERSE;
}

bool Address::link_local() const
{
    const ifaddrmsg head = head_of(*this);
    return head.ifa_family == AF_INET6 && head.ifa_scope == RT_SCOPE_LINK;
}

Result<std::vector<Address>> addresses_of(Netlink &netlink, std::uint32_t index)
{
    TRY_LET(answers, netlink.ask(Request(RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{})));
    std::vector<Address> found;
    for (Answer &answer : answers) {
        const auto head = read_as<ifaddrmsg>(answer.body);
        if (answer.type != RTM_NEWADDR || !head || head->ifa_index != index) {
            continue;
        }
        Address address{std::move(answer.body)};
        const bool temporary = head->ifa_family == AF_INET6 && (flags_of(address) & IFA_F_TEMPORARY) != 0;
        if (!temporary) {
            found.push_back(std::move(address));
        }
    }
    return found;
}

Status add_address(Netlink &netlink, std::uint32_t index, const std::string &old_name,
                   const std::string &name, const Address &address)
{
    const std::uint32_t flags = flags_of(address) & kGivenFlags;
    ifaddrmsg head = head_of(address);
    head.ifa_index = index;
    head.ifa_flags = static_cast<std::uint8_t>(flags);
    Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, head);
    for (const Attribute &given : attributes(attributes_in(address))) {
        if (std::ranges::find(kGivenAttributes, given.type) != kGivenAttributes.end()) {
            request.put(given.type, given.value);
        } else if (given.type == IFA_LABEL) {
            request.put_string(IFA_LABEL, relabel(given.value, old_name, name));
        }
    }
    request.put_number(IFA_FLAGS, flags);
    Status added = netlink.tell(request);
    return !added && added.error().err() == EEXIST ? Status() : std::move(added);
}

}  // namespace rt::network
