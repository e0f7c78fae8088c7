// SPDX-License-Identifier: Apache-2.0
#include "cli/numbers.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/str.h"

namespace rt::cli {
namespace {

struct TimeUnit {
    std::string_view name;
    double nanoseconds;
};

// Go's time.ParseDuration; both of Unicode's micro signs.
constexpr TimeUnit kTimeUnits[] = {
    {"ns", 1},   {"us", 1e3}, {"\u00b5s", 1e3}, {"\u03bcs", 1e3},
    {"ms", 1e6}, {"s", 1e9},  {"m", 60e9},      {"h", 3600e9},
};

}  // namespace

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

Result<std::chrono::nanoseconds> duration(std::string_view option, std::string_view text)
{
    const auto wrong = [&] {
        return Error::input(str(option, " takes a time above 0, got \"", text, "\"")).hint("as 5s or 500ms");
    };
    constexpr double kMost = 1e18;  // 31 years
    double total = 0;
    std::string_view rest = text.starts_with('+') ? text.substr(1) : text;
    while (!rest.empty()) {
        const std::string_view digits = rest.substr(0, rest.find_first_not_of("0123456789."));
        double number = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc() || end != digits.data() + digits.size()) {
            return wrong();
        }
        rest.remove_prefix(digits.size());
        const std::string_view name = rest.substr(0, rest.find_first_of("0123456789."));
        const auto unit = std::ranges::find(kTimeUnits, name, &TimeUnit::name);
        if (unit == std::end(kTimeUnits)) {
            return wrong();
        }
        rest.remove_prefix(name.size());
        total += number * unit->nanoseconds;
    }
    if (total < 1 || total > kMost) {
        return wrong();
    }
    return std::chrono::nanoseconds(static_cast<std::int64_t>(total));
}

}  // namespace rt::cli
