// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "layer/byte_source.h"

namespace rt::layer {

/// What a gzip file (RFC 1952) holds: all its members, one behind the other, each checked against its sum and
/// length.  Zeros may follow the last; anything else is an error.  Keeps `packed`, which must live as long.
std::unique_ptr<ByteSource> gunzip(ByteSource &packed);

}  // namespace rt::layer
