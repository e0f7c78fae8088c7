// SPDX-License-Identifier: Apache-2.0
#include "plan/devices.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <vector>

#include "base/str.h"

namespace rt::plan {
namespace {

using init::Op;
using oci::DeviceType;

constexpr const char *kSection = "/linux/devices";
constexpr std::uint32_t kMode = 0666;

// What dev_t has room for in the kernel.
constexpr std::int64_t kMajorMax = (1 << 12) - 1;
constexpr std::int64_t kMinorMax = (1 << 20) - 1;

struct Node {
    const char *path;
    std::uint32_t major, minor;
};

constexpr Node kDefault[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

struct Link {
    const char *path, *text, *only_if;
    bool replace;
};

// spec: DefaultRuntimeLinuxSymlinks
constexpr Link kLinks[] = {
    {"/dev/fd", "/proc/self/fd", "/proc/self/fd", false},
    {"/dev/stdin", "/proc/self/fd/0", "/proc/self/fd", false},
    {"/dev/stdout", "/proc/self/fd/1", "/proc/self/fd", false},
    {"/dev/stderr", "/proc/self/fd/2", "/proc/self/fd", false},
    {"/dev/ptmx", "pts/ptmx", "", true},
};

std::uint32_t file_type(DeviceType type)
{
    switch (type) {
    case DeviceType::kBlock:
        return S_IFBLK;
    case DeviceType::kFifo:
        return S_IFIFO;
    case DeviceType::kAll:
    case DeviceType::kChar:
    case DeviceType::kUnbuffered:
        break;
    }
    return S_IFCHR;
}

constexpr unsigned kCapMknod = 27;

bool may_make(const Host &host) { return host.privileged && (host.capabilities >> kCapMknod & 1) != 0; }

/// A user namespace may not make devices, only show those of the host; pipes are no devices.
// spec: DevicesBoundFromHost
void from_host(const Draft &draft, Step &step)
{
    const bool makes = !draft.user_namespace && may_make(draft.host);
    if (!makes && draft.own_root && (step.a & S_IFMT) != S_IFIFO) {
        step.flags = init::kFromHost;
        step.s2 = step.s1;
    }
}

void make_default(Draft &draft, const std::vector<std::string> &configured)
{
    for (const Node &node : kDefault) {
        if (std::find(configured.begin(), configured.end(), node.path) != configured.end()) {
            continue;
        }
        Step &step = draft.add(Op::kDevice);
        step.s1 = node.path;
        step.a = S_IFCHR | kMode;
        step.b = makedev(node.major, node.minor);
        from_host(draft, step);
    }
}

Status in_range(std::int64_t value, std::int64_t most, const Origin &origin, const char *member)
{
    if (value < 0 || value > most) {
        return Error::input_at(str(origin.pointer(), '/', member),
                               str("must be from 0 to ", most, ", got ", value));
    }
    return {};
}

/// The parent has the right that init has not, and knows who is who in the user namespace.
bool parent_makes(const Draft &draft)
{
    const oci::Linux &linux_ = draft.config.linux_;
    return draft.opener == Opener::kParent && !linux_.uid_mappings.empty() && !linux_.gid_mappings.empty() &&
           may_make(draft.host);
}

/// The host's number for an id of the container, which the rules have found to be mapped.
std::uint32_t on_host(const std::vector<oci::IdMapping> &mappings, std::uint32_t id)
{
    for (const oci::IdMapping &mapping : mappings) {
        if (id >= mapping.container_id && id - mapping.container_id < mapping.size) {
            return mapping.host_id + (id - mapping.container_id);
        }
    }
    return id;
}

/// The owner and mode of a device in a user namespace: the host's own node can't be given any.
// spec: DevicesOwner
void make_from_outside(Draft &draft, const oci::Device &device, std::size_t at)
{
    const Step &step = draft.plan.steps[at];
    const oci::Linux &linux_ = draft.config.linux_;
    if (parent_makes(draft)) {
        draft.plan.host_nodes.push_back({.mode = step.a,
                                         .number = step.b,
                                         .uid = on_host(linux_.uid_mappings, device.uid.value_or(0)),
                                         .gid = on_host(linux_.gid_mappings, device.gid.value_or(0)),
                                         .step = at});
    } else if (device.uid || device.gid || device.file_mode) {
        draft.plan.warnings.push_back(str(
            step.origin.pointer(), ": the device is the host's: it keeps the owner and mode it has there"));
    }
}

// spec: DevicesAvailable, DevicesOwner, DevicesAnywhere, DevicesNoOthers
Status make_configured(Draft &draft, const oci::Device &device, const std::string &path, Origin origin)
{
    const std::int64_t major = device.major.value_or(0);
    const std::int64_t minor = device.minor.value_or(0);
    TRY(in_range(major, kMajorMax, origin, "major"));
    TRY(in_range(minor, kMinorMax, origin, "minor"));
    Step &step = draft.add(Op::kDevice, origin);
    step.s1 = path;
    step.a = file_type(device.type) | (device.file_mode.value_or(kMode) & 07777);
    step.b = device.type == DeviceType::kFifo
                 ? 0
                 : makedev(static_cast<unsigned>(major), static_cast<unsigned>(minor));
    step.c = device.uid.value_or(0) | std::uint64_t{device.gid.value_or(0)} << 32;
    from_host(draft, step);
    if (step.flags == init::kFromHost) {
        make_from_outside(draft, device, draft.next() - 1);
    }
    return {};
}

void make_links(Draft &draft)
{
    for (const Link &link : kLinks) {
        Step &step = draft.add(Op::kSymlink);
        step.s1 = link.path;
        step.s2 = link.text;
        if (*link.only_if != '\0') {
            step.more().s3 = link.only_if;
        }
        step.flags = flag_if(link.replace, init::kReplace);
    }
}

}  // namespace

Status make_devices(Draft &draft, bool foreign_dev)
{
    // Without mounts of its own a user namespace has no way to show a device.
    if (draft.user_namespace && !draft.own_root) {
        return {};
    }
    const std::vector<oci::Device> &devices = draft.config.linux_.devices;
    std::vector<std::string> paths;
    paths.reserve(devices.size());
    for (const oci::Device &device : devices) {
        paths.push_back(plain_path(device.path));
    }
    if (!foreign_dev) {
        make_default(draft, paths);
    }
    for (std::size_t i = 0; i < devices.size(); ++i) {
        if (!foreign_dev || !paths[i].starts_with("/dev/")) {
            TRY(make_configured(draft, devices[i], paths[i], {kSection, static_cast<std::int32_t>(i)}));
        }
    }
    if (!foreign_dev) {
        make_links(draft);
    }
    return {};
}

}  // namespace rt::plan
