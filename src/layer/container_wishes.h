// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/capability.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oci/config.h"

namespace rt::layer {

// What programs in images expect to be allowed, and all engines grant.
inline constexpr std::uint64_t kUsualCapabilities = [] {
    std::uint64_t mask = 0;
    for (const unsigned number : {CAP_AUDIT_WRITE, CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID,
                                  CAP_KILL, CAP_MKNOD, CAP_NET_BIND_SERVICE, CAP_NET_RAW, CAP_SETFCAP,
                                  CAP_SETGID, CAP_SETPCAP, CAP_SETUID, CAP_SYS_CHROOT}) {
        mask |= std::uint64_t{1} << number;
    }
    return mask;
}();

/// Whose network a container has.
enum class Network : std::uint8_t { kOwn, kHosts, kOfPath };

/// A file or directory of the host that the container sees.
struct BindWish {
    std::string source;                ///< absolute, or below the bundle
    std::string destination;           ///< absolute
    std::vector<std::string> options;  ///< of config.json's mounts
};

/// What is said of the container besides the image.
struct ContainerWishes {
    std::vector<std::string> command;                    ///< in place of the image's Cmd
    std::optional<std::vector<std::string>> entrypoint;  ///< in place of the image's, and of its Cmd
    std::vector<std::string> env;                        ///< "K=V", besides the image's and before it
    std::optional<std::string> user, cwd;                ///< in place of the image's User and WorkingDir
    std::string hostname;                                ///< or the one that `runtime spec` gives
    Network network = Network::kOwn;
    std::string network_path;  ///< of a network namespace, with kOfPath
    std::vector<BindWish> binds;
    std::uint64_t capabilities = kUsualCapabilities;  ///< a bit each, by the kernel's numbers
    std::optional<std::int64_t> memory;               ///< bytes
    std::optional<std::int64_t> cpu_quota;            ///< microseconds in each kCpuPeriod
    std::optional<std::int64_t> processes;            ///< tasks
    bool terminal = false;
    bool read_only = false;
    bool image_volumes = true;      ///< what the image calls volumes is mounted
    bool cgroup_namespace = false;  ///< the machine has cgroup v2 alone
    bool tty_group = true;          ///< there is a group 5, for terminals
    /// Of a user namespace of its own; none of either: it has none.
    std::vector<oci::IdMapping> uid_mappings, gid_mappings;
};
inline constexpr std::int64_t kCpuPeriod = 100'000;  ///< microseconds

}  // namespace rt::layer
