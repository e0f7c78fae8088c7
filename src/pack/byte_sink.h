// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"

namespace rt::pack {

/// Who takes bytes, one chunk after the other.
class ByteSink {
public:
    ByteSink() = default;
    ByteSink(const ByteSink &) = delete;
    ByteSink &operator=(const ByteSink &) = delete;
    virtual ~ByteSink() = default;

    virtual Status put(std::string_view bytes) = 0;
    /// There is no more.
    virtual Status finish() = 0;
};

}  // namespace rt::pack
