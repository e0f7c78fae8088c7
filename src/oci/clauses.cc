// SPDX-License-Identifier: Apache-2.0
#include "oci/clauses.h"

#include <algorithm>
#include <array>

namespace rt::oci {
namespace {

constexpr auto kClauses = std::to_array<Clause>({
#include "oci/clauses.inc"  // from spec/clauses.tsv, sorted
});

}  // namespace

const Clause *find_clause(std::string_view name)
{
    const auto *row = std::ranges::lower_bound(kClauses, name, {}, &Clause::name);
    return row != kClauses.end() && row->name == name ? row : nullptr;
}

}  // namespace rt::oci
