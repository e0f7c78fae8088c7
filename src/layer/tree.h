// SPDX-License-Identifier: Apache-2.0
//
// The directories of a tree that a layer is unpacked into.  They are walked name by name from an open root,
// and a link is never followed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "layer/entry_path.h"
#include "layer/tar_entry.h"

namespace rt::layer {

/// What a directory gets when all is in it.
struct DirectoryFate {
    std::optional<TarEntry> wanted;  ///< what its entry says; none: it came by what is below it
    bool was_there = false;          ///< a layer below has it
    timespec mtime{};                ///< what it had, and keeps without an entry
    std::string default_acl;         ///< the same; new files in it must not inherit it
};

class Tree {
public:
    /// `root` is a directory, borrowed.  `shared`: layers below are in it already.
    Tree(FdRef root, bool shared) : root_(root), shared_(shared) {}

    /// The directory, made if it is missing, and those above it.  What a layer below has in its place is
    /// removed; what this layer has is an error.  The descriptor lives until the next call.
    Result<FdRef> directory(const EntryPath &path);
    /// The directory, if it is there.
    Result<std::optional<FdRef>> existing(const EntryPath &path);

    /// Removes whatever is at `path`; `parent` is the directory it is in.
    Status remove(FdRef parent, const EntryPath &path);

    /// This layer has made `path`, which is no directory.
    void add_file(const EntryPath &path);
    /// This layer has an entry for `path`, or for something below it.
    bool has(const EntryPath &path) const
    {
        return directories_.contains(path) || files_.contains(path.text());
    }
    DirectoryFate &fate(const EntryPath &path) { return directories_[path]; }
    /// Of all directories that this layer has touched, those above before those below.
    const std::map<EntryPath, DirectoryFate> &directories() const { return directories_; }

private:
    struct Level {
        std::string name;
        Fd fd;
        bool noted = false;  ///< is among directories_
    };
    FdRef deepest() const { return chain_.empty() ? root_ : FdRef(chain_.back().fd); }
    std::string_view keep_common(std::string_view path, bool noted);
    Result<Fd> enter(FdRef parent, const EntryPath &path);
    Status note(FdRef fd, const EntryPath &path, bool was_there);

    FdRef root_;
    bool shared_;
    std::vector<Level> chain_;  ///< the directories open, each in the one before
    std::map<EntryPath, DirectoryFate> directories_;
    std::set<std::string> files_;  ///< only when shared: nobody asks otherwise
};

/// Removes `name` from `parent`, and all that is below it.
Status remove_tree(FdRef parent, const std::string &name);

}  // namespace rt::layer
