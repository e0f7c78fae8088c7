// SPDX-License-Identifier: Apache-2.0
#include "pack/file_sink.h"

#include "kernel/calls_fs.h"

namespace rt::pack {
namespace {

constexpr std::size_t kPiece = 256 << 10;

}  // namespace

Status FileSink::put(std::string_view bytes)
{
    pending_ += bytes;
    return pending_.size() < kPiece ? Status() : finish();
}

Status FileSink::finish()
{
    TRY(kernel::write_all(file_, pending_));
    pending_.clear();
    return {};
}

}  // namespace rt::pack
