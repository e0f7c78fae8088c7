// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "store/store.h"

namespace rt::store {

/// A directory in staging/, locked, in which something is made; it goes with this object, and what a killed
/// process left of one with whoever comes next.
class Staging {
public:
    /// The one called `name`, once nobody else has it.
    static Result<Staging> wait(const Store &store, const std::string &name);
    /// One that nobody else is after.
    static Result<Staging> fresh(const Store &store);

    Staging(Staging &&) = default;
    Staging &operator=(Staging &&) = delete;
    ~Staging();

    /// Empty at first, mode 0700.
    FdRef dir() const { return dir_; }
    const std::string &name() const { return name_; }
    /// Renames it into `parent`, still locked by `dir()`; false: something of that name is there, and stays.
    Result<bool> commit(FdRef parent, const std::string &name);
    /// What is locked, to be kept after commit().
    Fd take_dir() && { return std::move(dir_); }

private:
    Staging(FdRef staging, std::string name, Fd dir)
        : staging_(staging), name_(std::move(name)), dir_(std::move(dir))
    {}

    FdRef staging_;  ///< of the Store, which lives longer
    std::string name_;
    Fd dir_;
};

/// Removes what killed processes have left in staging/.
Status sweep_staging(const Store &store);

}  // namespace rt::store
