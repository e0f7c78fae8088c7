// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/check.h"
#include "store/staging.h"
#include "store/store.h"

namespace rt::store {

/// What is found in a store that is not as it should be; and, when asked, mended at once.
class Findings {
public:
    Findings(const Store &store, bool repair) : store_(store), repair_(repair) {}

    bool repair() const { return repair_; }
    void add(Flaw flaw) { flaws_.push_back(std::move(flaw)); }
    /// `name` in `directory` of the store is damaged.  It goes to the trash, and `instead` takes its place,
    /// if that is to be and no container needs it now.
    Status damaged(const std::string &directory, const std::string &name, std::string what,
                   std::optional<Staging> instead = {});
    std::vector<Flaw> take() && { return std::move(flaws_); }

private:
    Result<bool> in_use();

    const Store &store_;
    bool repair_;
    std::optional<bool> in_use_;
    std::vector<Flaw> flaws_;
};

}  // namespace rt::store
