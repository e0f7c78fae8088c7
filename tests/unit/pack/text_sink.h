// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pack/byte_sink.h"

namespace rt::pack {

/// Keeps all that it gets.
class TextSink final : public ByteSink {
public:
    Status put(std::string_view bytes) override
    {
        text += bytes;
        return {};
    }
    Status finish() override { return {}; }

    std::string text;
};

}  // namespace rt::pack
