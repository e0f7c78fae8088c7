// SPDX-License-Identifier: Apache-2.0
//
// A layer's entries made into files (image-spec, layer.md, "Applying Changesets").
#pragma once

#include <set>
#include <vector>

#include "base/fd.h"
#include "layer/attributes.h"
#include "layer/entry_path.h"
#include "layer/tar_entry.h"
#include "layer/tree.h"

namespace rt::layer {

/// Takes the entries of one layer, from a TarReader, and then finish().
///
/// Whiteouts only ever hide what layers below have, wherever in the archive they are; so they are done at the
/// end, as are hard links whose target has not come, and the attributes of directories.
class Apply final : public TarSink {
public:
    /// `root` is borrowed: a directory that nobody else touches.  The working directory may change.
    Apply(FdRef root, LayerForm form) : tree_(root, form == LayerForm::kFlat), form_(form) {}

    Status entry(const TarEntry &entry) override;
    Status data(std::uint64_t offset, std::string_view bytes) override;
    Status end_entry() override;
    Status finish();

    struct Link {
        EntryPath path, target;
    };
    // After finish(), of a layer in a tree of its own:
    /// The hard links that could not be made, since the layer has no such file; those below may.
    const std::vector<Link> &links_below() const { return late_links_; }
    /// The directories without an entry: they are made for what is in them.
    std::vector<EntryPath> implied() const;
    /// The directories in which something of the layers below is hidden by name.
    std::set<EntryPath> hiding() const;
    /// Devices, and further names of them, which nobody may make in a user namespace.
    const std::set<EntryPath> &left_out() const { return left_out_; }
    /// Nothing of the layers below is to be seen.
    bool hides_all() const { return opaque_.contains(EntryPath()); }

private:
    Status make(const TarEntry &entry, const EntryPath &path);
    Status make_directory(const TarEntry &entry, const EntryPath &path);
    Status make_file(const EntryPath &path, FdRef parent);
    Status make_node(const TarEntry &entry, const EntryPath &path, FdRef parent);
    Result<bool> make_link(const Link &link);

    void leave_out(const EntryPath &path);

    Status late_links();
    Status deletions();
    Status hide(const EntryPath &path);
    Status hide_content(const EntryPath &path);
    Status remove_below(const EntryPath &path);
    bool is_below_hidden(const EntryPath &path) const;
    Status directory_attributes();

    Tree tree_;
    LayerForm form_;
    TarEntry current_;
    Fd file_;                ///< the entry's, while it is being written
    std::uint64_t end_ = 0;  ///< of what has been written of it
    std::vector<Link> late_links_;
    std::set<EntryPath> whiteouts_, opaque_, left_out_;
};

}  // namespace rt::layer
