// SPDX-License-Identifier: Apache-2.0
#include "cgroup/stat_sheet.h"

#include <limits>

#include "cgroup/tree.h"

namespace rt::cgroup {
namespace {

std::optional<std::uint64_t> in_unit(std::string_view text, Unit unit)
{
    if (unit == Unit::kSigned && text.starts_with('-')) {
        const auto value = count_of(text.substr(1));
        return value ? std::optional(std::uint64_t{0} - *value) : std::nullopt;
    }
    const auto value = count_of(text);
    if (!value) {
        return value;
    }
    switch (unit) {
    case Unit::kMicroseconds:
        return *value * 1'000;
    case Unit::kTicks:
        return *value * 10'000'000;
    case Unit::kZeroForMax:
        return text == "max" ? 0 : *value;
    case Unit::kOne:
    case Unit::kSigned:
        break;
    }
    return value;
}

/// Both, where neither is without limit.
std::uint64_t sum(std::uint64_t a, std::uint64_t b)
{
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    return a > kMax - b ? kMax : a + b;
}

}  // namespace

void Sheet::numbers(std::span<const Number> table)
{
    for (const Number &number : table) {
        const auto value = read(number);
        if (number.print == Print::kAlways || value.value_or(0) != 0 ||
            (number.print == Print::kIfKnown && value)) {
            out_.name(number.name);
            number.sources[0].unit == Unit::kSigned
                ? out_.number(static_cast<std::int64_t>(value.value_or(0)))
                : out_.number_unsigned(value.value_or(0));
        }
    }
}

void Sheet::object(std::string_view name, std::span<const Number> table)
{
    out_.name(name).begin_object();
    numbers(table);
    out_.end_object();
}

bool Sheet::whole(std::string_view name, const char *file)
{
    const auto lines = split(files_.text(file), '\n');
    if (lines.empty()) {
        return false;
    }
    out_.name(name).begin_object();
    for (const std::string_view line : lines) {
        const auto words = split(line, ' ');
        if (const auto value = words.size() == 2 ? count_of(words[1]) : std::nullopt) {
            out_.name(words[0]).number_unsigned(*value);
        }
    }
    out_.end_object();
    return true;
}

void Sheet::psi(const char *file)
{
    const auto lines = named_lines(files_.text(file));
    if (lines.empty()) {
        return;
    }
    out_.name("psi").begin_object();
    for (const NamedLine &line : lines) {
        out_.name(line.name).begin_object();
        for (const auto &[key, value] : line.pairs) {
            const bool plain = !value.empty() && value.find_first_not_of("0123456789.") == value.npos;
            out_.name(key).raw(plain ? value : "0");
        }
        out_.end_object();
    }
    out_.end_object();
}

void Sheet::list(std::string_view name, const std::vector<std::uint64_t> &values)
{
    if (values.empty()) {
        return;
    }
    out_.name(name).begin_array();
    for (const std::uint64_t value : values) {
        out_.number_unsigned(value);
    }
    out_.end_array();
}

std::optional<std::uint64_t> Sheet::read(const Source &source)
{
    const std::string &text = files_.text(source.file);
    auto value = in_unit(*source.key == '\0' ? text : value_of(text, source.key), source.unit);
    if (value && *source.plus != '\0') {
        value = sum(*value, count_of(files_.text(source.plus)).value_or(0));
    }
    return value;
}

std::optional<std::uint64_t> Sheet::read(const Number &number)
{
    for (const Source &source : number.sources) {
        if (*source.file == '\0') {
            break;
        }
        if (const auto value = read(source)) {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace rt::cgroup
