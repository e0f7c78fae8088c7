// SPDX-License-Identifier: Apache-2.0
#include "oci/number_list.h"

#include <algorithm>
#include <charconv>

#include "base/str.h"

namespace rt::oci {
namespace {

std::optional<std::uint32_t> number(std::string_view text)
{
    text = trimmed(text, " ");
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && value <= NumberList::kMost ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<NumberList::Range> NumberList::parse_range(std::string_view text)
{
    const std::size_t dash = text.find('-');
    const std::optional<std::uint32_t> first = number(text.substr(0, dash));
    const std::optional<std::uint32_t> last = dash == text.npos ? first : number(text.substr(dash + 1));
    if (!first || !last || *first > *last) {
        return std::nullopt;
    }
    return Range{*first, *last};
}

std::optional<NumberList> NumberList::parse(std::string_view text)
{
    NumberList list;
    if (trimmed(text, " ").empty()) {
        return list;
    }
    for (;;) {
        const std::size_t comma = text.find(',');
        const std::optional<Range> range = parse_range(text.substr(0, comma));
        if (!range) {
            return std::nullopt;
        }
        list.ranges_.push_back(*range);
        if (comma == text.npos) {
            return list;
        }
        text.remove_prefix(comma + 1);
    }
}

std::string NumberList::mask() const
{
    constexpr std::size_t kWord = sizeof(unsigned long);
    std::string bytes;
    for (const Range &range : ranges_) {
        bytes.resize(std::max(bytes.size(), (range.last / (8 * kWord) + 1) * kWord));
        for (std::uint32_t i = range.first; i <= range.last; ++i) {
            bytes[i / 8] = static_cast<char>(static_cast<unsigned char>(bytes[i / 8]) | 1U << (i % 8));
        }
    }
    return bytes;
}

}  // namespace rt::oci
