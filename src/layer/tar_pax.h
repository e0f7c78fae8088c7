// SPDX-License-Identifier: Apache-2.0
//
// Extended headers (POSIX pax), with the keywords that GNU, star and libarchive have added.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "layer/tar_header.h"

namespace rt::layer {

/// What is said of a file besides its header, and in place of it.
struct Pax {
    std::optional<std::string> path, linkpath;
    std::optional<std::uint64_t> size, uid, gid;
    std::optional<timespec> mtime;
    std::map<std::string, std::string> xattrs;

    // GNU's sparse files, formats 0.0, 0.1 and 1.0.
    std::optional<std::string> sparse_name;
    std::optional<std::uint64_t> sparse_major, sparse_minor, sparse_real_size, sparse_offset;
    std::vector<Extent> extents;
    bool sparse = false;

    /// Format 1.0: the map is in front of the data.
    bool map_in_data() const { return sparse_major == 1; }
};

enum class PaxScope : std::uint8_t { kFile, kGlobal };

/// Adds the records of one extended header, "LENGTH KEY=VALUE\n" each; the last of two with one key wins, and
/// an empty value takes back.  A header for all files may say owner and time only: readers do not agree on
/// the rest.
Status read_pax(std::string_view records, PaxScope scope, Pax &out);

/// The most extents a file may have.
inline constexpr std::size_t kMostExtents = 1 << 18;

/// All of `text` as decimal digits.
Result<std::uint64_t> decimal(std::string_view text);

}  // namespace rt::layer
