// SPDX-License-Identifier: Apache-2.0
#include "cli/numbers.h"

#include <charconv>

#include "base/str.h"

namespace rt::cli {

Result<std::uint32_t> number(std::string_view option, std::string_view text)
{
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return Error::input(str(option, " takes a number, got \"", text, "\""));
    }
    return value;
}

Result<std::uint32_t> preserved_fds(std::string_view text)
{
    constexpr std::uint32_t kMost = 1 << 16;
    TRY_LET(count, number("--preserve-fds", text));
    if (count > kMost) {
        return Error::input(str("--preserve-fds takes at most ", kMost, ", got ", count));
    }
    return count;
}

}  // namespace rt::cli
