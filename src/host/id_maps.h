// SPDX-License-Identifier: Apache-2.0
//
// Maps of user namespaces, and how they get to the kernel.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"

namespace rt::host {

/// What a new user namespace has of users and groups: user_namespaces(7).
struct IdMaps {
    std::vector<oci::IdMapping> uids, gids;
    bool uid_helper = false, gid_helper = false;  ///< that map is for newuidmap(1), newgidmap(1) to write
    bool deny_setgroups = false;
};

/// Writes setgroups, uid_map and gid_map of the process `pid`, whose user namespace is new and which belongs
/// to our user in /proc; or has newuidmap(1) and newgidmap(1) do it, where the maps say so.
Status write_id_maps(FdRef procfs, pid_t pid, const IdMaps &maps);

/// A user namespace that nobody is in, with these maps.
Result<Fd> user_namespace(FdRef procfs, const IdMaps &maps);

/// The lines of such a file: "0 100000 65536\n".
std::string id_map_text(const std::vector<oci::IdMapping> &mappings);

}  // namespace rt::host
