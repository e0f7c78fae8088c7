// SPDX-License-Identifier: Apache-2.0
#include "layerctl/amounts.h"

#include <charconv>
#include <string>

#include "base/json.h"
#include "base/str.h"
#include "layer/container_wishes.h"
#include "options/size.h"

namespace rt::layerctl {
namespace {

constexpr std::int64_t kLeastQuota = 1000;  // the kernel's, sched_cfs_quota_us
constexpr double kMostProcessors = 1 << 16;

Error no_amount(std::string_view option, const std::string &text)
{
    return Error::input(str("--", option, ": ", json::quote(text), " is no amount"));
}

/// The number that `text` begins with, and what follows it.
template <class Number>
std::optional<Number> leading(const std::string &text, std::string_view &rest)
{
    Number value = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
    rest = std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end));
    return wrong == std::errc() ? std::optional(value) : std::nullopt;
}

/// The whole value as a number that `accept` takes; `hint` says which those are.
template <class Number>
Result<std::optional<Number>> number_of(const Arguments &arguments, std::string_view option,
                                        bool (*accept)(Number), const char *hint)
{
    if (!arguments.has(option)) {
        return std::optional<Number>();
    }
    const std::string text = arguments.value(option);
    std::string_view rest;
    const auto value = leading<Number>(text, rest);
    if (!value || !rest.empty() || !accept(*value)) {
        return no_amount(option, text).hint(hint);
    }
    return value;
}

}  // namespace

Result<std::optional<std::uint64_t>> bytes_of(const Arguments &arguments, std::string_view option)
{
    if (!arguments.has(option)) {
        return std::optional<std::uint64_t>();
    }
    const std::string text = arguments.value(option);
    const auto size = options::size_of(text);
    if (!size) {
        return no_amount(option, text).hint("as 1000000, 512m, 1.5g");
    }
    return std::optional(static_cast<std::uint64_t>(*size));
}

Result<std::optional<std::int64_t>> count_of(const Arguments &arguments, std::string_view option)
{
    return number_of<std::int64_t>(
        arguments, option, [](std::int64_t value) { return value > 0; }, "a whole number above 0");
}

Result<std::optional<std::int64_t>> cpu_quota_of(const Arguments &arguments, std::string_view option)
{
    TRY_LET(processors, number_of<double>(
                            arguments, option,
                            [](double value) {
                                return value * layer::kCpuPeriod >= kLeastQuota && value <= kMostProcessors;
                            },
                            "processors, from 0.01 on: 1.5"));
    return processors ? std::optional(static_cast<std::int64_t>(*processors * layer::kCpuPeriod))
                      : std::nullopt;
}

}  // namespace rt::layerctl
