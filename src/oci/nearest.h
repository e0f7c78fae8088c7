// SPDX-License-Identifier: Apache-2.0
//
// Did you mean: the known word that a wrong one is a slip of.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oci/names.h"

namespace rt::oci {

/// The word of `known` that differs from `word` least: in case, or in few letters that are missing, too
/// many, mistaken or swapped with their neighbour.  "" when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// The nearest as a JSON string; `otherwise` when there is none.
std::string nearest_or(std::string_view word, std::span<const std::string_view> known,
                       std::string_view otherwise);

/// The words of a table, without their values.
template <class Value>
std::vector<std::string_view> words_in(std::span<const Word<Value>> table)
{
    std::vector<std::string_view> out;
    out.reserve(table.size());
    for (const Word<Value> &row : table) {
        out.push_back(row.word);
    }
    return out;
}

}  // namespace rt::oci
