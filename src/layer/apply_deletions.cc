// SPDX-License-Identifier: Apache-2.0
//
// What a layer says of the layers below: whiteouts and opaque directories.
#include <fcntl.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layer/apply.h"

namespace rt::layer {

// spec: ImageWhiteoutHidden, ImageWhiteoutLower, ImageWhiteoutsBoth
Status Apply::deletions()
{
    // A directory that is hidden and made anew is opaque, wherever in the archive the whiteout is.
    for (const EntryPath &path : whiteouts_) {
        if (tree_.directories().contains(path)) {
            opaque_.insert(path);
        }
    }
    for (const EntryPath &path : opaque_) {
        if (!is_below_hidden(path)) {
            TRY(hide_content(path));
        }
    }
    for (const EntryPath &path : whiteouts_) {
        if (!is_below_hidden(path) && !opaque_.contains(path)) {
            if (Status hidden = hide(path); !hidden) {
                return std::move(hidden).error().context(str("whiteout of ", json::quote(path.text())));
            }
        }
    }
    return {};
}

/// Nothing of the layers below is there anyway.
bool Apply::is_below_hidden(const EntryPath &path) const
{
    for (EntryPath above = path; !above.is_root();) {
        above = above.parent();
        if (opaque_.contains(above) || whiteouts_.contains(above)) {
            return true;
        }
    }
    return false;
}

Status Apply::hide(const EntryPath &path)
{
    const std::string name(path.name());
    if (is_overlay(form_)) {
        TRY_LET(parent, tree_.directory(path.parent()));
        if (kernel::fstatat(parent, name, AT_SYMLINK_NOFOLLOW)) {
            return {};  // a file of this layer hides it as well
        }
        return kernel::mknodat(parent, name, S_IFCHR, 0);
    }
    if (tree_.has(path)) {
        return {};
    }
    TRY_LET(parent, tree_.directory(path.parent()));
    return remove_tree(parent, name);
}

Status Apply::hide_content(const EntryPath &path)
{
    if (form_ == LayerForm::kFlat) {
        return remove_below(path);
    }
    TRY_LET(dir, tree_.directory(path));
    return kernel::fsetxattr(dir, opaque_attribute(form_), "y");
}

/// Removes what is in the directory, but for what this layer has.
Status Apply::remove_below(const EntryPath &path)
{
    TRY_LET(there, tree_.existing(path));
    if (!there) {
        return {};
    }
    TRY_LET(dir, tree_.directory(path));
    TRY_LET(fresh, kernel::openat(dir, ".", O_RDONLY | O_DIRECTORY));
    TRY_LET(entries, kernel::list(fresh));
    for (const kernel::DirEntry &entry : entries) {
        const EntryPath below = path.below(entry.name);
        if (tree_.directories().contains(below)) {
            TRY(remove_below(below));
        } else if (!tree_.has(below)) {
            TRY(remove_tree(fresh, entry.name));
        }
    }
    return {};
}

}  // namespace rt::layer
