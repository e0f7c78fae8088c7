// SPDX-License-Identifier: Apache-2.0
//
// One block of 512 bytes as a tar header: v7, ustar (POSIX) and GNU.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "layer/tar_entry.h"

namespace rt::layer {

inline constexpr std::size_t kTarBlock = 512;

struct Extent {
    std::uint64_t offset = 0, length = 0;
};

struct TarHeader {
    enum class Dialect : std::uint8_t { kV7, kUstar, kGnu };

    Dialect dialect = Dialect::kV7;
    char type = '0';
    std::string path, target;
    std::uint64_t mode = 0, uid = 0, gid = 0, size = 0, major = 0, minor = 0;
    std::int64_t mtime = 0;
    // Of type S, GNU's sparse files:
    std::vector<Extent> extents;
    bool more_extents = false;
    std::uint64_t real_size = 0;
};

/// `block` is of kTarBlock bytes.  Fails on a checksum that does not fit, on numbers that are none, and on
/// what is read in two ways.
Result<TarHeader> read_header(std::string_view block);

/// GNU's blocks that follow a sparse file's header: appends their extents; gives whether another one follows.
Result<bool> read_more_extents(std::string_view block, std::vector<Extent> &extents);

bool is_zero_block(std::string_view block);

}  // namespace rt::layer
