// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace rt::corpus {

struct Ended {
    int status = 0;  ///< as a shell has it; 137 when it took too long
    std::string said;
    long kib = 0;  ///< the most memory that it or one of its children had
};

/// Runs it in `directory`, with nothing to read and no more than a minute.
Ended run_program(const std::vector<std::string> &words, const std::string &directory);

}  // namespace rt::corpus
