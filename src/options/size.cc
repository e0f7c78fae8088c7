// SPDX-License-Identifier: Apache-2.0
#include "options/size.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace rt::options {
namespace {

/// The millionths that the digits behind a point are, which are taken off `text`; none when there are none or
/// more than six.
std::optional<std::int64_t> take_millionths(std::string_view &text)
{
    constexpr std::size_t kMostDigits = 6;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > kMostDigits) {
        return std::nullopt;
    }
    std::int64_t millionths = 0;
    for (std::size_t i = 0; i < kMostDigits; ++i) {
        millionths = millionths * 10 + (i < digits ? text[i] - '0' : 0);
    }
    text.remove_prefix(digits);
    return millionths;
}

}  // namespace

std::optional<std::int64_t> size_of(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) {
        return std::nullopt;
    }
    std::string_view rest(end, text.data() + text.size());
    std::optional<std::int64_t> millionths;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        millionths = take_millionths(rest);
        if (!millionths) {
            return std::nullopt;
        }
    }
    std::string unit(rest);
    std::ranges::transform(unit, unit.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
    for (const std::string_view tail : {"b", "i"}) {
        if (unit.size() > 1 && unit.ends_with(tail)) {
            unit.pop_back();
        }
    }
    constexpr std::string_view kUnits = "bkmgt";
    const std::size_t power = unit.empty() ? 0 : kUnits.find(unit);
    if (power == kUnits.npos || unit.size() > 1 || (millionths && power == 0)) {
        return std::nullopt;
    }
    const std::int64_t factor = std::int64_t{1} << (10 * power);
    const std::int64_t part = millionths.value_or(0) * factor / 1'000'000;
    if (number > (std::numeric_limits<std::int64_t>::max() - part) / factor) {
        return std::nullopt;
    }
    return number * factor + part;
}

}  // namespace rt::options
