// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::host {

/// Our PATH, or the usual places where there is none: engines call us with no environment at all.
std::string search_path();

/// The absolute path of a program of the host, looked for along search_path().  ENOENT: nowhere.
Result<std::string> find_program(const std::string &name);

/// Runs the program at `path` to its end with our environment and `arguments` behind its name; `output` takes
/// what it prints, errors too when `errors`.  Gives its status of wait(2).  ETIMEDOUT: it was killed after
/// `timeout_ms`; -1: it has all the time there is.
Result<int> run_program(const std::string &path, const std::vector<std::string> &arguments, FdRef output,
                        bool errors, int timeout_ms);

/// What programs print: a file without a name that any number of processes may hold open.
Result<Fd> program_output();
/// The last lines in it that are not blank, in one line with " | " between them: at most 5, of the last 1024
/// bytes; "" when there are none.
std::string last_lines(FdRef output);

/// "exited with 1", "was killed by SIGKILL": a status of wait(2) in words.
std::string in_words(int wait_status);

}  // namespace rt::host
