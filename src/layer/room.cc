// SPDX-License-Identifier: Apache-2.0
#include "layer/room.h"

#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <string_view>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::layer {
namespace {

std::uint64_t sum(std::uint64_t a, std::uint64_t b)
{
    return b > std::numeric_limits<std::uint64_t>::max() - a ? std::numeric_limits<std::uint64_t>::max()
                                                             : a + b;
}

/// RFC 1952, ISIZE: the last four bytes.
Result<std::uint64_t> gzip_size(const Piece &blob)
{
    unsigned char last[4] = {};
    constexpr std::uint64_t kShortest = 18;
    if (blob.size < kShortest) {
        return std::uint64_t{0};
    }
    TRY(kernel::pread(blob.file, reinterpret_cast<char *>(last), sizeof last,
                      blob.offset + blob.size - sizeof last));
    return std::uint64_t{last[0]} | std::uint64_t{last[1]} << 8 | std::uint64_t{last[2]} << 16 |
           std::uint64_t{last[3]} << 24;
}

Error too_little(const char *what, std::uint64_t needed, std::uint64_t free)
{
    return Error::kernel(ENOSPC, str("it takes ", needed, " ", what, " or more, and ", free, " are free"))
        .hint("--no-room-check begins all the same");
}

}  // namespace

Result<std::uint64_t> said_size(const Piece &blob)
{
    constexpr std::size_t kLongestHeader = 18;  // of a zstd frame (RFC 8878, 3.1.1.1)
    std::string first(std::min<std::uint64_t>(kLongestHeader, blob.size), '\0');
    TRY_LET(count, kernel::pread(blob.file, first.data(), first.size(), blob.offset));
    first.resize(count);
    if (first.starts_with("\x1f\x8b")) {
        return gzip_size(blob);
    }
    if (first.starts_with("\x28\xb5\x2f\xfd")) {
        const unsigned long long size = ::ZSTD_getFrameContentSize(first.data(), first.size());
        return size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ? std::uint64_t{0}
                                                                                  : std::uint64_t{size};
    }
    return blob.size;
}

Need &Need::operator+=(const Need &more)
{
    bytes = sum(bytes, more.bytes);
    inodes = sum(inodes, more.inodes);
    return *this;
}

Status check_room(FdRef directory, const Need &need)
{
    TRY_LET(free, kernel::fstatfs(directory));
    const auto block = static_cast<std::uint64_t>(free.f_bsize);
    if (free.f_blocks != 0 && need.bytes / block > free.f_bfree) {
        return too_little("bytes", need.bytes, free.f_bfree * block);
    }
    return free.f_files != 0 && need.inodes > free.f_ffree ? too_little("files", need.inodes, free.f_ffree)
                                                           : Status();
}

}  // namespace rt::layer
