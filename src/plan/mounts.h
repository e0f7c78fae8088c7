// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/mount_options.h"
#include "plan/plan_draft.h"

namespace rt::plan {

/// One entry of config.json's mounts, read.
struct MountWork {
    const oci::Mount *mount = nullptr;
    Origin origin;
    std::string target;  ///< plain_path() of the destination
    oci::MountOptions options;
    const char *shown = nullptr;      ///< a directory of the host that is bound instead: show_the_hosts()
    std::string label;                ///< SELinux context of a new mount; "": the policy's
    bool late_readonly = false;       ///< read-only, but only when we have written into it
    std::size_t open = 0;             ///< the kOpenTree of a bind
    std::optional<std::size_t> kept;  ///< the kKeep of what make_before_leaving() made
    std::optional<std::size_t> ids;   ///< in Plan::mount_ids, where its ids are mapped
};

/// Reads `mounts` and refuses what can't be done.
Result<std::vector<MountWork>> read_mounts(Draft &draft);

/// Opens the source of every bind mount, before a mount of ours could be in the way.
void open_sources(Draft &draft, std::vector<MountWork> &works);

/// The steps of new_mount() at the end of the draft's.
void add_new_mount(Draft &draft, const MountWork &work);

/// Makes the mounts in the order they are listed.
// spec: MountsInOrder
void make_mounts(Draft &draft, const std::vector<MountWork> &works);

/// Makes those read-only that steps had to write into.
void make_late_readonly(Draft &draft, const std::vector<MountWork> &works);

/// Whether somebody else's /dev is the container's.
bool binds_dev(const std::vector<MountWork> &works);

}  // namespace rt::plan
