// SPDX-License-Identifier: Apache-2.0
//
// What a tar archive says of one file, whatever the dialect it says it in.
#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rt::layer {

struct TarEntry {
    enum class Kind : std::uint8_t { kFile, kHardLink, kSymlink, kCharacter, kBlock, kDirectory, kFifo };
    struct Attribute {
        std::string name, value;
    };

    Kind kind = Kind::kFile;
    std::string path;    ///< as the archive has it; no NUL in it
    std::string target;  ///< of a link; "" otherwise
    mode_t mode = 0;     ///< no more than 07777
    uid_t uid = 0;       ///< never (uid_t)-1
    gid_t gid = 0;
    timespec mtime{};
    std::uint64_t size = 0;  ///< of a file, holes included
    unsigned major = 0, minor = 0;
    std::uint64_t data_at = 0;      ///< where in the archive its data begins
    std::vector<Attribute> xattrs;  ///< names as setxattr(2) has them
};

/// "a symbolic link", ...
std::string_view in_words(TarEntry::Kind kind);

/// Who takes the entries of an archive, in their order.
class TarSink {
public:
    TarSink() = default;
    TarSink(const TarSink &) = delete;
    TarSink &operator=(const TarSink &) = delete;
    virtual ~TarSink() = default;

    virtual Status entry(const TarEntry &entry) = 0;
    /// Bytes of the latest entry, from `offset` on; offsets only grow, and what is left out are holes.
    virtual Status data(std::uint64_t offset, std::string_view bytes) = 0;
    /// All data of the latest entry has come.
    virtual Status end_entry() = 0;
};

}  // namespace rt::layer
