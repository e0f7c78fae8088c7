// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::container {

/// The absolute path of a program of the host, looked for along our PATH, or in the usual places where there
/// is none.  ENOENT: nowhere.
Result<std::string> find_on_host(const std::string &name);

/// Runs the program at `path` to its end with our environment and `arguments` behind its name; `output` takes
/// what it prints, errors too when `errors`.  Gives its status of wait(2).  ETIMEDOUT: it was killed after
/// `timeout_ms`; -1: it has all the time there is.
Result<int> run_on_host(const std::string &path, const std::vector<std::string> &arguments, FdRef output,
                        bool errors, int timeout_ms);

}  // namespace rt::container
