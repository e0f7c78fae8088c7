// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace rt::store {

/// Something that is not as it should be.
struct Flaw {
    std::string where;  ///< "image \"a\"", "layers/sha256-9f86..."
    std::string what;   ///< "blob ... is not in the store"
    bool mended = false;
};

struct CheckOptions {
    bool repair = false;
    bool content = false;  ///< compare blobs with their digests, and what is unpacked with the blobs
};
/// Looks at everything in the store, which is for us alone.  With `repair`, what is damaged goes to trash/,
/// and what images need of it is made again from their blobs.
/// While containers are mounted nothing of what they may need is taken away.
Result<std::vector<Flaw>> check(const Store &store, const CheckOptions &options);

}  // namespace rt::store
