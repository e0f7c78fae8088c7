// SPDX-License-Identifier: Apache-2.0
//
// Waiting for what others have locked (flock(2)).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::store {

/// How long somebody waits: without end, or until a moment.
class Patience {
public:
    Patience() = default;
    static Patience of(std::chrono::seconds time);

    /// A moment's sleep.  False: the time is up.  EINTR when somebody has given up (layer::give_up()).
    Result<bool> pause() const;

private:
    std::optional<std::chrono::steady_clock::time_point> end_;
};

/// `operation`: LOCK_SH or LOCK_EX.  In use, naming who has it, when the time is up; `what` is what they
/// have.
Status lock(FdRef file, int operation, const Patience &patience, std::string_view what);

/// `what` is locked by somebody: In use, with the processes' ids and command lines, as far as /proc says.
Error held(FdRef file, std::string_view what);

/// The processes that hold locks of the file with this device and inode, of the text of /proc/locks.
std::vector<pid_t> holders_in(std::string_view locks, dev_t device, ino_t inode);

}  // namespace rt::store
