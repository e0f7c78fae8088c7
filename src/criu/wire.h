// SPDX-License-Identifier: Apache-2.0
//
// The bytes of Protocol Buffers, version 2, as far as CRIU's messages need them: whole numbers, strings and
// messages inside messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rt::criu {

/// Writes the fields of one message, in the order of the calls.
class Encoder {
public:
    /// uint32, int32, bool and enum; a negative number as int32 has it.
    Encoder &number(std::uint32_t field, std::int64_t value);
    /// string, bytes, and a message that was encoded before.
    Encoder &text(std::uint32_t field, std::string_view value);
    std::string take() && { return std::move(out_); }

private:
    void varint(std::uint64_t value);
    std::string out_;
};

/// A field as it was read; the text lives as long as the bytes.
struct WireField {
    std::uint32_t field = 0;
    std::int64_t number = 0;
    std::string_view text;
    bool is_text = false;
};

/// The fields of the message in `bytes`, in its order; those of a type that CRIU's answers don't have are
/// left out.  Refuses what ends in the middle of a field.
Result<std::vector<WireField>> decode(std::string_view bytes);

}  // namespace rt::criu
