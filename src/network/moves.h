// SPDX-License-Identifier: Apache-2.0
//
// Network devices on their way into a container, and back when that fails (config-linux.md#network-devices).
//
// What a failed create can give back: everything while our descriptor holds the container's network
// namespace. After kill -9 there is none any more.  A namespace that was joined by its path outlives that,
// and `delete --force` gets the devices out of it.  One that was made for the container dies with init: the
// kernel then puts physical devices into the initial namespace, and virtual ones are gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "network/netlink.h"
#include "plan/plan.h"

namespace rt::network {

/// A device as it was before it moved: enough to find it again, and to put it back.
struct MovedDevice {
    std::string name, target;
    std::uint32_t kind = 0;  ///< ARPHRD_*
    std::string mac;         ///< hex
    bool up = false;
    std::uint32_t master = 0;
    std::vector<std::string> addresses;  ///< hex, each a message of rtnetlink
    bool operator==(const MovedDevice &) const = default;
};

/// What record.json keeps while devices are on their way; nothing once the container is created.
struct NetworkRecord {
    std::string path;       ///< of the namespace that was joined; "": made for the container
    std::uint64_t ns = 0;   ///< its inode number
    std::uint64_t own = 0;  ///< that of the namespace the devices come from
    std::vector<MovedDevice> devices;
    bool operator==(const NetworkRecord &) const = default;
};

/// The calls in order: look(), [init is in its namespace], meet(), [record() goes to disk], carry_out().
/// After a failure: bring_back().
class Moves {
public:
    /// `plan` outlives this object.
    explicit Moves(const plan::Plan &plan);

    /// Refuses devices that are not there or can't move, and a namespace that is our own.  Changes nothing.
    Status look();
    /// `target`: the container's network namespace.  Refuses names that are taken there.  Changes nothing.
    Status meet(Fd target);
    const NetworkRecord &record() const { return record_; }
    Status carry_out();
    /// Puts back what has moved so far; what can't be put back is warned about.
    void bring_back();

private:
    struct Sides {
        Fd own, target;
        Netlink here, there;
    };
    Result<bool> is_taken(const std::string &name);
    Result<std::string> free_name(const std::string &name, std::string_view stem);
    Status pick_target(MovedDevice &device);

    const std::vector<plan::NetDevice> &devices_;
    std::string path_;  ///< where init joins its network namespace; "": it makes one
    std::optional<Sides> sides_;
    NetworkRecord record_;
};

/// bring_back() for a creator that was killed.  Fine with a namespace that is gone.
void bring_back(const NetworkRecord &record);

}  // namespace rt::network
