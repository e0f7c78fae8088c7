// SPDX-License-Identifier: Apache-2.0
#include "plan/network.h"

#include <algorithm>

namespace rt::plan {
namespace {

using init::Msg;
using init::Op;

bool is_fixed(const NetDevice &device) { return !device.target.ends_with("%d"); }

}  // namespace

// spec: NetDevicesAvailable, NetDevicesNameTemplate
void take_net_devices(Draft &draft)
{
    std::vector<NetDevice> &devices = draft.plan.net_devices;
    for (const auto &[name, device] : draft.config.linux_.net_devices) {
        devices.push_back({name, device.name.empty() ? name : device.name});
    }
    if (devices.empty()) {
        return;
    }
    std::ranges::stable_partition(devices, is_fixed);
    draft.add(Op::kTell, {"/linux/netDevices"}).a = static_cast<std::uint64_t>(Msg::kNetwork);
    draft.add(Op::kAwait, {"/linux/netDevices"}).a = static_cast<std::uint64_t>(Msg::kDevices);
}

}  // namespace rt::plan
