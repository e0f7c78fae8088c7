// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/fd.h"
#include "layer/byte_source.h"

namespace rt::layer {

/// Where the bytes of something are: `size` bytes of an open file, from `offset` on.
struct Piece {
    Fd file;
    std::uint64_t offset = 0, size = 0;
};

/// The bytes of a piece, which may not end before it should.
class FileSource final : public ByteSource {
public:
    /// Borrows `file`.
    FileSource(FdRef file, std::uint64_t offset, std::uint64_t size);
    explicit FileSource(const Piece &piece) : FileSource(piece.file, piece.offset, piece.size) {}
    Result<std::string_view> next() override;

private:
    FdRef file_;
    std::uint64_t offset_, left_;
    std::vector<char> buffer_;
};

/// What read(2) gives until it gives nothing: a pipe, a terminal.
class StreamSource final : public ByteSource {
public:
    explicit StreamSource(FdRef stream) : stream_(stream) {}
    Result<std::string_view> next() override;

private:
    FdRef stream_;
    std::string chunk_;
};

/// What `packed` holds: unpacked when it begins as gzip or zstd do, itself otherwise; what is said of it in
/// an error says so.  Keeps `packed`, which must live as long.  More than `most` bytes are refused.
std::unique_ptr<ByteSource> unpacked(ByteSource &packed, std::uint64_t most);

/// Everything of `source`; more than `most` bytes are refused.
Result<std::string> read_all(ByteSource &source, std::size_t most);

}  // namespace rt::layer
