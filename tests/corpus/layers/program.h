// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"

namespace rt::corpus {

struct Ended {
    int status = 0;  ///< as a shell has it; 137 when it took too long
    std::string said;
    long kib = 0;  ///< the most memory that it or one of its children had
};

/// Runs programs, one after the other, from a process that is small and stays so: what a program is said to
/// have used is never less than what it was forked from.
class Programs {
public:
    Programs();
    ~Programs();
    Programs(const Programs &) = delete;
    Programs &operator=(const Programs &) = delete;

    /// In `directory`, with nothing to read and no more than a minute.
    Ended run(const std::vector<std::string> &words, const std::string &directory) const;

private:
    Fd ours_;
    int pid_ = -1;
};

/// Programs are called in other directories than ours: what `program` is there.  Ends us where it is no file.
std::string from_anywhere(const std::string &program);

}  // namespace rt::corpus
