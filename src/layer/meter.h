// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "layer/byte_source.h"

namespace rt::layer {

/// How far the work on an image is: counted where it is done, confined children included, for who draws it.
struct Meter {
    std::atomic<std::uint64_t> expected = 0;  ///< bytes that are to be read; 0: nobody knows
    std::atomic<std::uint64_t> bytes = 0;     ///< bytes that have been read
    std::atomic<std::uint64_t> files = 0;     ///< entries made, or written
};

/// The one of this process.
Meter &meter();
/// From now on the children that this process starts count there too.
Status share_meter();

/// Counts what is read of `from`, which has to live as long.
class MeteredSource final : public ByteSource {
public:
    explicit MeteredSource(ByteSource &from) : from_(from) {}
    Result<std::string_view> next() override;

private:
    ByteSource &from_;
};

}  // namespace rt::layer
