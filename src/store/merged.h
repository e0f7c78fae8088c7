// SPDX-License-Identifier: Apache-2.0
//
// What overlayfs would show of some layers, without mounting them.
#pragma once

#include <sys/stat.h>

#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "layer/entry_path.h"

namespace rt::store {

/// A layer that has something at a path.
struct Place {
    std::size_t layer;  ///< which, from the top
    Fd parent;          ///< the directory it is in; the root itself for the root
    std::string name;   ///< there; "." for the root
    struct stat about;

    bool is_directory() const { return S_ISDIR(about.st_mode); }
    /// A directory or a regular file, to read.
    Result<Fd> open() const;
};

/// The names in a directory that Merged::find() has found; of some of them nothing may be seen.
Result<std::set<std::string>> names_in(const std::vector<Place> &directory);
/// What is seen at `name` there, as Merged::find() has it.
Result<std::vector<Place>> find_in(const std::vector<Place> &directory, const std::string &name);

class Merged {
public:
    /// The layers' directories, borrowed, the topmost first.
    explicit Merged(std::vector<FdRef> layers) : layers_(std::move(layers)) {}

    /// What is seen at `path`: nothing; one thing that is no directory; or a directory, of each layer that
    /// adds to it.  `all`: of each layer that has it, also below one that hides the content of those below.
    Result<std::vector<Place>> find(const layer::EntryPath &path, bool all = false) const;

private:
    std::vector<FdRef> layers_;
};

}  // namespace rt::store
