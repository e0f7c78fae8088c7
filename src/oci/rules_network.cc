// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <optional>

#include "base/json.h"
#include "base/str.h"
#include "oci/rules.h"

namespace rt::oci {
namespace {

constexpr std::size_t kLongestName = 15;  // IFNAMSIZ with its NUL
constexpr std::string_view kSection = "/linux/netDevices";

/// What is wrong with `name` as that of a network device; nothing when the kernel takes it.
std::optional<std::string> fault_of(std::string_view name)
{
    if (name.empty()) {
        return "must not be empty";
    }
    if (name.size() > kLongestName) {
        return str("must have at most ", kLongestName, " bytes, has ", name.size());
    }
    if (name == "." || name == "..") {
        return str("is no name of a network device: ", json::quote(name));
    }
    if (name.find_first_of("/: \t\n\v\f\r") != name.npos) {
        return str("must not hold '/', ':' or blanks, got ", json::quote(name));
    }
    return std::nullopt;
}

/// The name a device has.
std::optional<std::string> fault_of_source(std::string_view name)
{
    if (name == "lo") {
        return "is the loopback device: it stays in its network namespace";
    }
    return name.find('%') == name.npos ? fault_of(name) : str("must not hold '%', got ", json::quote(name));
}

/// The name a device gets; "%d" at its end is a place for a number.
std::optional<std::string> fault_of_target(std::string_view name)
{
    if (name == "lo") {
        return "is taken: every network namespace has its own \"lo\"";
    }
    const std::size_t percent = name.find('%');
    if (percent != name.npos && name.substr(percent) != "%d") {
        return str("may have '%' only in a \"%d\" at its end, got ", json::quote(name));
    }
    return fault_of(name);
}

std::string_view target_of(const std::string &name, const NetDevice &device)
{
    return device.name.empty() ? name : device.name;
}

// spec: NetDevicesValid
void check_names(const std::map<std::string, NetDevice> &devices, Findings &findings)
{
    std::map<std::string_view, std::string> targets;
    for (const auto &[name, device] : devices) {
        const std::string at = at_key(kSection, name);
        const auto fault = fault_of_source(name);
        if (fault) {
            findings.error(at, *fault, {.clause = "NetDevicesValid"});
            continue;
        }
        const std::string_view target = target_of(name, device);
        if (const auto bad = device.name.empty() ? std::nullopt : fault_of_target(target); bad) {
            findings.error(at + "/name", *bad, {.clause = "NetDevicesValid"});
            continue;
        }
        if (target.ends_with("%d")) {
            continue;  // each takes a number of its own
        }
        const auto [first, is_new] = targets.emplace(target, at);
        if (!is_new) {
            findings.error(device.name.empty() ? at : at + "/name",
                           str(json::quote(target), " is already the name that ", first->second, " gets"),
                           {.clause = "NetDevicesValid", .because = first->second});
        }
    }
}

}  // namespace

// spec: NetDevicesCheckFirst
void check_net_devices(const Config &config, Findings &findings)
{
    const auto &devices = config.linux_.net_devices;
    if (!devices.empty() && find_namespace(config, NamespaceType::kNetwork) == nullptr) {
        findings.error(std::string(kSection), "needs a \"network\" namespace in /linux/namespaces",
                       {.clause = "NetDevicesCheckFirst", .because = kNamespaces});
    }
    check_names(devices, findings);
}

}  // namespace rt::oci
