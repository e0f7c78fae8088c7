// SPDX-License-Identifier: Apache-2.0
//
// What a container uses of the host, so that it cannot be in a checkpoint: CRIU is told its names, and on
// restore what takes its place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "container/mount_table.h"
#include "criu/messages.h"
#include "oci/config.h"

namespace rt::container {

/// A mount whose files are the host's.
struct ExternalMount {
    std::string point;   ///< in the container; its name for CRIU
    std::string source;  ///< the host's path; "" where the host does not see the files
    bool operator==(const ExternalMount &) const = default;
};

/// Of a container's mounts those that `config` binds, and all others of file systems that the host has
/// mounted too, but for its root and what is bound from there.
std::vector<ExternalMount> external_mounts(const std::vector<Mounted> &container,
                                           const std::vector<Mounted> &host, const oci::Config &config);

/// The mounts of a container that is restored: `saved`, with the sources that `config` has for them now,
/// below `bundle` where they are relative.
std::vector<ExternalMount> mounts_to_restore(const std::vector<ExternalMount> &saved,
                                             const oci::Config &config, const std::string &bundle);

/// What standard input, output and error of the process `pid` are.
struct Descriptor {
    std::string link;      ///< "pipe:[4711]", "/dev/pts/0": as /proc/PID/fd has it
    std::string external;  ///< its name for CRIU, where it is a file of the host: "file[2a:1f]"
};
Result<std::vector<Descriptor>> standard_descriptors(FdRef procfs, pid_t pid,
                                                     const std::vector<Mounted> &container);

/// What of 0 to 2 the container is given in place of what it had.
std::vector<criu::InheritedFd> descriptors_to_restore(const std::vector<Descriptor> &saved);

/// How CRIU calls the namespaces that `config` joins and CRIU leaves alone.
struct ExternalNamespace {
    oci::NamespaceType type{};
    std::string_view key;  ///< "extRootNetNS"
    std::string path;
};
std::vector<ExternalNamespace> external_namespaces(const oci::Config &config);

/// Whether the network namespace is a new one that hooks furnish, as Docker's does: what is in it is then
/// theirs to make again, and CRIU leaves it out.
bool hooks_furnish_network(const oci::Config &config);

}  // namespace rt::container
