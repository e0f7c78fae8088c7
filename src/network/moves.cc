// SPDX-License-Identifier: Apache-2.0
#include "network/moves.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <ranges>

#include "base/log.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "network/addresses.h"
#include "network/devices.h"

namespace rt::network {
namespace {

constexpr const char *kOwn = "/proc/self/ns/net";
constexpr int kNumbers = 4096;            // a template that finds none of them free is a mistake
constexpr std::size_t kLongestName = 15;  // IFNAMSIZ with its NUL

std::string to_hex(std::string_view bytes)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        hex += {kDigits[value >> 4], kDigits[value & 15]};
    }
    return hex;
}

unsigned digit(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10) & 15; }

/// Of to_hex().
std::string from_hex(std::string_view hex)
{
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
    }
    return bytes;
}

std::string pointer_to(const std::string &name)
{
    return str("/linux/netDevices/", name);  // the rules let no '/' through; '~' is a name nobody has
}

Error refuse(const std::string &name, std::string_view why)
{
    return Error::input_at(pointer_to(name), str("network device \"", name, "\" ", why));
}

std::string doing(std::string_view what, const std::string &name)
{
    return str(what, " network device \"", name, '"');
}

Result<std::uint64_t> inode_of(FdRef fd)
{
    TRY_LET(info, kernel::fstat(fd));
    return std::uint64_t{info.st_ino};
}

// spec: NetDevicesCheckFirst
Result<Device> look_at(Netlink &here, const std::string &name)
{
    auto found = find_device(here, name);
    if (!found) {
        return std::move(found).error().context(doing("looking for", name));
    }
    if (!*found) {
        return refuse(name, "does not exist").hint("it has to be in the runtime's own network namespace");
    }
    Device device = std::move(**found);
    if (device.loopback() || device.stays) {
        return refuse(name, "cannot be moved: its kind stays in its network namespace");
    }
    return device;
}

Error same_namespace()
{
    return Error::input_at(
        "/linux/netDevices",
        "the container's network namespace is the runtime's own: no device can move into it");
}

/// `device` where it is called `name`; nullopt when that is somebody else, or nobody.
Result<std::optional<Device>> find_again(Netlink &netlink, const std::string &name, const MovedDevice &device)
{
    TRY_LET(found, find_device(netlink, name));
    const bool same = found && found->kind == device.kind && to_hex(found->mac) == device.mac;
    return same ? std::move(found) : std::optional<Device>();
}

/// What `device` had besides its name, given back; fine with what it has still, or again.
Status restore(Netlink &here, const MovedDevice &device)
{
    TRY_LET(found, find_again(here, device.name, device));
    if (!found) {
        return Error::kernel(ENODEV, "rtnetlink");
    }
    if (device.master != 0) {
        TRY(set_master(here, found->index, device.master));
    }
    const auto give = [&](bool link_local) -> Status {
        for (const std::string &hex : device.addresses) {
            const Address address{from_hex(hex)};
            if (address.link_local() == link_local) {
                TRY(add_address(here, found->index, device.name, device.name, address));
            }
        }
        return {};
    };
    TRY(give(false));
    if (device.up) {
        TRY(set_up(here, found->index));
    }
    return give(true);  // those that the kernel has not made again
}

Status put_back(Netlink &there, Netlink &here, FdRef own, const MovedDevice &device)
{
    TRY_LET(found, find_again(there, device.target, device));
    if (!found && !device.mac.empty()) {
        // A move that broke off half way leaves it the name it had.
        TRY_LET(renamed_not, find_again(there, device.name, device));
        found = std::move(renamed_not);
    }
    if (found) {
        TRY(move_device(there, found->index, own, device.name));
    }
    return restore(here, device);
}

// spec: NetDevicesUndone
void put_back(Netlink &there, Netlink &here, FdRef own, const std::vector<MovedDevice> &devices)
{
    for (const MovedDevice &device : std::views::reverse(devices)) {
        if (Status back = put_back(there, here, own, device); !back) {
            log::warn(std::move(back).error().context(doing("bringing back", device.name)).text());
        }
    }
}

/// What the spec wants of a device that is where it belongs.
// spec: NetDevicesAddresses, NetDevicesUp
Status settle(Netlink &there, const MovedDevice &device)
{
    TRY_LET(found, find_device(there, device.target));
    if (!found) {
        return Error::kernel(ENODEV, "rtnetlink");
    }
    for (const std::string &hex : device.addresses) {
        if (const Address address{from_hex(hex)}; address.lasting()) {
            TRY(add_address(there, found->index, device.name, device.target, address)
                    .context("giving it an address"));
        }
    }
    return set_up(there, found->index).context("setting it up");
}

Result<MovedDevice> note(Netlink &here, const Device &device, const plan::NetDevice &planned)
{
    MovedDevice noted{planned.name, planned.target, device.kind, to_hex(device.mac),
                      device.up(),  device.master,  {}};
    TRY_LET(addresses, addresses_of(here, device.index));
    for (const Address &address : addresses) {
        noted.addresses.push_back(to_hex(address.message));
    }
    return noted;
}

/// Before Linux 6.15 a device does not say beforehand that it stays.
Error with_reason(Error error)
{
    return error.err() == EINVAL ? std::move(error).hint("its kind may have to stay in its network namespace")
                                 : std::move(error);
}

}  // namespace

Moves::Moves(const plan::Plan &plan) : devices_(plan.net_devices)
{
    const auto join = std::ranges::find(plan.joins, oci::NamespaceType::kNetwork, &plan::Join::type);
    path_ = join == plan.joins.end() ? std::string() : join->path;
}

Status Moves::look()
{
    if (devices_.empty()) {
        return {};
    }
    TRY_LET(here, Netlink::open());
    for (const plan::NetDevice &device : devices_) {
        TRY_LET(found, look_at(here, device.name));
    }
    TRY_LET(own, kernel::fstatat(kernel::kCwd, kOwn, 0));
    const auto joined = kernel::fstatat(kernel::kCwd, path_, 0);
    const bool same =
        !path_.empty() && joined && joined->st_ino == own.st_ino && joined->st_dev == own.st_dev;
    return same ? Status(same_namespace()) : Status();
}

Status Moves::meet(Fd target)
{
    TRY_LET(own, kernel::openat(kernel::kCwd, kOwn, O_RDONLY));
    TRY_LET(here, Netlink::open());
    TRY_LET(there, Netlink::open_in(target, own));
    TRY_LET(own_inode, inode_of(own));
    TRY_LET(inode, inode_of(target));
    if (own_inode == inode) {
        return same_namespace();
    }
    sides_.emplace(Sides{std::move(own), std::move(target), std::move(here), std::move(there)});
    record_ = {path_, inode, own_inode, {}};
    for (const plan::NetDevice &planned : devices_) {
        TRY_LET(device, look_at(sides_->here, planned.name));
        TRY_LET(noted, note(sides_->here, device, planned));
        TRY(pick_target(noted));
        record_.devices.push_back(std::move(noted));
    }
    return {};
}

/// A device of the container's namespace has that name, or one of ours is going to.
Result<bool> Moves::is_taken(const std::string &name)
{
    TRY_LET(found, find_device(sides_->there, name));
    return found || std::ranges::count(record_.devices, name, &MovedDevice::target) != 0;
}

/// A number for a template, as the kernel gives it: the first that is free.  Here, because the record has to
/// know the name before it is used.
// spec: NetDevicesNameTemplate
Result<std::string> Moves::free_name(const std::string &name, std::string_view stem)
{
    for (int number = 0; number < kNumbers; ++number) {
        std::string candidate = str(stem, number);
        if (candidate.size() > kLongestName) {
            break;
        }
        TRY_LET(in_use, is_taken(candidate));
        if (!in_use) {
            return candidate;
        }
    }
    return refuse(name,
                  str("finds no number free for \"", stem, "%d\" in the container's network namespace"));
}

// spec: NetDevicesNameTaken
Status Moves::pick_target(MovedDevice &device)
{
    if (device.target.ends_with("%d")) {
        TRY_LET(name, free_name(device.name, device.target.substr(0, device.target.size() - 2)));
        device.target = std::move(name);
        return {};
    }
    TRY_LET(in_use, is_taken(device.target));
    return in_use ? Status(refuse(device.name,
                                  str("cannot be \"", device.target,
                                      "\" in the container's network namespace: that name is taken"))
                               .hint(str("\"", device.target, "%d\" takes a free number")))
                  : Status();
}

// spec: NetDevicesAvailable
Status Moves::carry_out()
{
    for (const MovedDevice &device : record_.devices) {
        const std::string what = doing("moving", device.name);
        TRY_LET(found, look_at(sides_->here, device.name));
        if (Status moved = move_device(sides_->here, found.index, sides_->target, device.target); !moved) {
            return with_reason(std::move(moved).error()).context(what);
        }
        if (Status settled = settle(sides_->there, device); !settled) {
            return std::move(settled).error().context(what);
        }
    }
    return {};
}

void Moves::bring_back()
{
    if (sides_) {
        put_back(sides_->there, sides_->here, sides_->own, record_.devices);
    }
}

// spec: NetDevicesUndone
void bring_back(const NetworkRecord &record)
{
    auto target =
        record.path.empty() ? Result<Fd>(Fd()) : kernel::openat(kernel::kCwd, record.path, O_RDONLY);
    if (!target || !target->open()) {
        return;
    }
    const auto give_up = [&](const Error &error) {
        log::warn(str("network devices may be left in \"", record.path, "\": ", error.text()));
    };
    const auto inode = inode_of(*target);
    if (!inode || *inode != record.ns) {
        return;  // another namespace has that path now
    }
    auto own = kernel::openat(kernel::kCwd, kOwn, O_RDONLY);
    if (!own) {
        return give_up(own.error());
    }
    if (const auto number = inode_of(*own); !number || *number != record.own) {
        return give_up(Error::state("they are from another network namespace than this command runs in"));
    }
    auto here = Netlink::open();
    auto there = here ? Netlink::open_in(*target, *own) : std::move(here).error();
    if (!there) {
        return give_up(there.error());
    }
    put_back(*there, *here, *own, record.devices);
}

}  // namespace rt::network
