// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace rt::pack {

/// A file that is there when it is whole, or not at all: until commit() it has no name, or one that goes with
/// this object.
class NewFile {
public:
    /// "-" is standard output, and what is there already and no regular file (a pipe) is written to as it is;
    /// a regular file that is there is an error.
    static Result<NewFile> begin(const std::string &path);

    NewFile(NewFile &&) = default;
    NewFile &operator=(NewFile &&) = delete;
    ~NewFile();

    FdRef file() const { return file_; }
    /// Gives it its name.  `durable`: a power cut afterwards leaves it whole.
    Status commit(bool durable);

private:
    NewFile() = default;

    std::string path_, name_;
    std::string temporary_;  ///< its name until then, where files without a name are not to be had
    Fd parent_, file_;       ///< no parent: it was there
};

}  // namespace rt::pack
