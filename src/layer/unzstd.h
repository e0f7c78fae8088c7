// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "layer/byte_source.h"

namespace rt::layer {

/// What a zstd file (RFC 8878) holds: all its frames, each checked against its sum, skippable ones left out.
/// Windows of more than 128 MiB are refused.  Keeps `packed`, which must live as long.
std::unique_ptr<ByteSource> unzstd(ByteSource &packed);

}  // namespace rt::layer
