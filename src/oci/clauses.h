// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace rt::oci {

/// What spec/clauses.tsv says of a clause.
struct Clause {
    std::string_view name;    ///< "ProcCwdAbs"
    std::string_view source;  ///< "config.md#process"; "ours" where the specification says nothing
    std::string_view text;    ///< "cwd is there and absolute"
};

/// nullptr for a name that is in no row.
const Clause *find_clause(std::string_view name);

}  // namespace rt::oci
