// SPDX-License-Identifier: Apache-2.0
//
// The files that an image consists of, in a folder or in an archive.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "layer/file_source.h"

namespace rt::layer {

class ImageFiles {
public:
    ImageFiles() = default;
    ImageFiles(const ImageFiles &) = delete;
    ImageFiles &operator=(const ImageFiles &) = delete;
    virtual ~ImageFiles() = default;

    /// The file `name`, "blobs/sha256/9f86..."; ENOENT when there is none.  What is no file is an error, and
    /// so is a name that leads out.
    virtual Result<Piece> open(const std::string &name) = 0;
    bool has(const std::string &name) { return static_cast<bool>(open(name)); }
};

/// The files below a directory; links in it may not lead out.
Result<std::unique_ptr<ImageFiles>> folder_files(const std::string &path);

/// The files in a tar archive, packed or not; `archive` may be a pipe.  What is no plain tar in a file is
/// first unpacked into a nameless one in `spool`, no more than `most` bytes.
Result<std::unique_ptr<ImageFiles>> archive_files(Fd archive, const std::string &spool, std::uint64_t most);

}  // namespace rt::layer
