// SPDX-License-Identifier: Apache-2.0
#include "layer/base64.h"

#include <cstdint>

namespace rt::layer {

Result<std::string> from_base64(std::string_view text)
{
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 2 && text.ends_with('='); ++i) {
        text.remove_suffix(1);
    }
    std::string out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::size_t digit = kDigits.find(c);
        if (digit == std::string_view::npos) {
            return Error::input("is no base64");
        }
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count);
        }
    }
    if (text.size() % 4 == 1 || (bits & ((1U << count) - 1)) != 0) {
        return Error::input("is no base64");
    }
    return out;
}

}  // namespace rt::layer
