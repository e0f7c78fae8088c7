// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "layer/new_name.h"

namespace rt::layer {

/// A directory that is there when it is whole, or not at all.  Until commit() it is in ".NAME.layerctl"
/// beside its place, 0700 and locked, which is gone with this object; what a killed process left of it is
/// removed by the next begin().
class NewDirectory {
public:
    /// `path` may not be there, or has to be an empty directory.
    static Result<NewDirectory> begin(const std::string &path);

    NewDirectory(NewDirectory &&) = default;
    NewDirectory &operator=(NewDirectory &&) = delete;
    ~NewDirectory();

    /// The directory, empty at first, mode 0755.
    FdRef dir() const { return dir_; }
    /// The name it has until commit(); who is not root cannot get there.
    std::string path() const;
    /// Held open, by whomever, it keeps others from removing what is there.
    FdRef lock() const { return staging_; }
    /// Puts it in its place.  `durable`: a power cut afterwards leaves it whole, and one before leaves
    /// nothing.
    Status commit(bool durable);

private:
    NewDirectory() = default;

    std::string path_, staging_name_;
    NewName name_;
    Fd parent_, staging_, dir_;
};

}  // namespace rt::layer
