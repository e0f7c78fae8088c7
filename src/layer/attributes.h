// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "layer/tar_entry.h"

namespace rt::layer {

/// What is on disk is read by overlayfs, or by whoever looks.
enum class LayerForm : std::uint8_t {
    kFlat,         ///< all layers in one tree
    kOverlay,      ///< each layer in a tree of its own, a lowerdir of overlayfs
    kUserOverlay,  ///< the same for a user namespace's, mounted with "userxattr"
};

inline bool is_overlay(LayerForm form) { return form != LayerForm::kFlat; }

/// Owner, mode, extended attributes and time of `fd`, in the order in which none undoes another.  Attributes
/// that are there and not in the entry go, when there `may_be_more`.
Status set_attributes(FdRef fd, const TarEntry &entry, LayerForm form, bool may_be_more);

/// The same for what cannot be opened: a link, a device, a FIFO, in `dir`.  Changes the working directory.
Status set_attributes_at(FdRef dir, const std::string &name, const TarEntry &entry, LayerForm form);

/// The extended attribute by which overlayfs takes a directory for opaque.
const char *opaque_attribute(LayerForm form);

/// Takes from a directory the list that new files in it would inherit, and gives it; "" when it has none.
Result<std::string> take_default_acl(FdRef dir);
/// Gives it back.
Status restore_default_acl(FdRef dir, const std::string &list);

}  // namespace rt::layer
