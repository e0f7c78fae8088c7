// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rt::oci {

/// What the strings in mounts[].options come down to, in the terms of the mount API of Linux 5.2
/// and later (mount_setattr: 5.12).  A later option wins over an earlier one, as in mount(8).
struct MountOptions {
    /// MOUNT_ATTR_*, for this mount alone.  `attr_clr` is what mount_setattr(2) has to clear first;
    /// it holds the whole MOUNT_ATTR__ATIME field as soon as one atime option was given, as the
    /// kernel wants.  For fsmount(2) `attr_set` is enough.
    std::uint64_t attr_set = 0, attr_clr = 0;
    /// The r* forms ("rro"): for mount_setattr(2) with AT_RECURSIVE, applied after the above.
    std::uint64_t rec_attr_set = 0, rec_attr_clr = 0;
    /// MS_* bits that belong to the superblock: MS_RDONLY (also in attr_set), MS_SYNCHRONOUS,
    /// MS_DIRSYNC, MS_MANDLOCK, MS_LAZYTIME, MS_I_VERSION, MS_SILENT.  See sb_flag_names().
    std::uint32_t sb_set = 0, sb_clr = 0;
    /// One of MS_{SHARED,PRIVATE,SLAVE,UNBINDABLE} each, maybe with MS_REC, to be applied in order.
    std::vector<std::uint32_t> propagation;
    bool bind = false;       ///< "bind" or "rbind"
    bool recursive = false;  ///< "rbind"
    bool remount = false;
    bool tmpcopyup = false;
    bool idmap = false;   ///< "idmap" or "ridmap"
    bool ridmap = false;  ///< "ridmap"
    std::string data;     ///< what only the file system knows, joined by commas: "mode=755,size=64k"

    bool operator==(const MountOptions &) const = default;
};

/// Splits `options` (config.md "Linux mount options") along one table.
MountOptions parse_mount_options(const std::vector<std::string> &options);

/// The fsconfig(2) FSCONFIG_SET_FLAG keys of MS_* superblock bits: MS_RDONLY|MS_DIRSYNC gives
/// {"ro", "dirsync"}.
std::vector<std::string_view> sb_flag_names(std::uint32_t sb_flags);

/// Every option in the table, sorted: the `mountOptions` of `features`.
std::vector<std::string_view> mount_option_names();

}  // namespace rt::oci
