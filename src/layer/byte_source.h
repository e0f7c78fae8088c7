// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"

namespace rt::layer {

/// Bytes that come one chunk after the other: a file, what is left of it when it is unpacked, ...
class ByteSource {
public:
    ByteSource() = default;
    ByteSource(const ByteSource &) = delete;
    ByteSource &operator=(const ByteSource &) = delete;
    virtual ~ByteSource() = default;

    /// The next bytes, which live until the next call; "" at the end, and whenever it is asked again.
    virtual Result<std::string_view> next() = 0;
};

}  // namespace rt::layer
