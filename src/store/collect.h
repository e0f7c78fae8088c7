// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace rt::store {

/// What names of images and containers lead to.
struct Marks {
    std::set<std::string> blobs;      ///< "sha256/9f86..."
    std::set<std::string> layers;     ///< names in layers/
    std::set<std::string> chains;     ///< names in chains/
    std::set<std::string> abandoned;  ///< temporary containers that nobody uses
};
/// Adds what an image with this manifest needs.
Status mark(const Store &store, const Digest &manifest, Marks &marks);
/// Damaged, when something that is named cannot be read: nothing is to be removed then.
Result<Marks> marks_of(const Store &store);

/// Something that nothing leads to.
struct Garbage {
    std::string what;  ///< "layers/sha256-9f86..."
    std::uint64_t bytes = 0;
};
/// Finds it; moves it to trash/ unless `dry`, out of everybody's sight.  `store` is for us alone.
Result<std::vector<Garbage>> collect(const Store &store, bool dry);
/// Removes what is in trash/.  Others may use the store.
Status empty_trash(const Store &store);

}  // namespace rt::store
