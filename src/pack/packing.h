// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "pack/byte_sink.h"

namespace rt::pack {

enum class Packing : std::uint8_t { kNone, kGzip, kZstd };

/// "none", "gzip", "zstd".
Result<Packing> parse_packing(std::string_view name);

/// What `out` gets is packed; the same bytes always give the same.  `out` is borrowed.
std::unique_ptr<ByteSink> packer(Packing packing, ByteSink &out);

}  // namespace rt::pack
