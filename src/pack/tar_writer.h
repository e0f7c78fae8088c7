// SPDX-License-Identifier: Apache-2.0
//
// Writes a tar archive that every reader takes for the same: POSIX's ustar, and an extended header (pax) for
// what ustar has no room for, of that file only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "layer/tar_entry.h"
#include "pack/byte_sink.h"

namespace rt::pack {

class TarWriter {
public:
    /// `out` is borrowed.  No time is later than `newest` (seconds, as SOURCE_DATE_EPOCH), if it is given.
    explicit TarWriter(ByteSink &out, std::optional<std::int64_t> newest = {}) : out_(out), newest_(newest) {}

    /// A header; of a file with a size, data() has to follow.  A directory's path needs no slash at its end.
    Status entry(const layer::TarEntry &entry);
    /// The next bytes of the latest entry.
    Status data(std::string_view bytes);
    /// Fails in the middle of an entry.  `out` is finished as well.
    Status finish();

private:
    ByteSink &out_;
    std::optional<std::int64_t> newest_;
    std::uint64_t left_ = 0;     ///< bytes of the latest entry that have not come
    std::uint64_t padding_ = 0;  ///< that follow them
};

}  // namespace rt::pack
