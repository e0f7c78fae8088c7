// SPDX-License-Identifier: Apache-2.0
#include "oci/nearest.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/json.h"

namespace rt::oci {
namespace {

constexpr std::size_t kLongest = 48;  // no word of the spec is longer

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// How many slips make `b` of `a`: letters missing, too many, mistaken, or swapped with a neighbour.
std::size_t slips(std::string_view a, std::string_view b)
{
    std::array<std::array<std::size_t, kLongest + 1>, 3> rows{};
    for (std::size_t j = 0; j <= b.size(); ++j) {
        rows[0][j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto &row = rows[i % 3];
        const auto &above = rows[(i + 2) % 3];
        const auto &two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = std::min(row[j], two_above[j - 2] + 1);
            }
        }
    }
    return rows[a.size() % 3][b.size()];
}

/// The letters of a word as a set: what keeps most words from being compared at all.
std::uint32_t letters(std::string_view word)
{
    std::uint32_t set = 0;
    for (const char c : word) {
        set |= std::uint32_t{1} << (static_cast<unsigned char>(lower(c)) % 32U);
    }
    return set;
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known)
{
    if (word.empty() || word.size() > kLongest) {
        return "";
    }
    const std::uint32_t set = letters(word);
    std::string_view best;
    std::size_t least = std::min<std::size_t>(3, 1 + word.size() / 5) + 1;
    for (const std::string_view name : known) {
        const std::size_t longer = std::max(name.size(), word.size());
        const std::size_t shorter = std::min(name.size(), word.size());
        const auto missing = static_cast<std::size_t>(__builtin_popcount(set ^ letters(name)));
        // A slip changes two letters of the set at most.
        if (longer > kLongest || longer - shorter >= least || missing > 2 * (least - 1)) {
            continue;
        }
        const std::size_t count = slips(word, name);
        // What has nothing left of the word is no slip.
        if (count < least && count < shorter) {
            least = count;
            best = name;
        }
    }
    return best;
}

std::string nearest_or(std::string_view word, std::span<const std::string_view> known,
                       std::string_view otherwise)
{
    const std::string_view near = nearest(word, known);
    return near.empty() ? std::string(otherwise) : json::quote(near);
}

}  // namespace rt::oci
