// SPDX-License-Identifier: Apache-2.0
//
// Our end of the conversation with init.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "init/wire.h"

namespace rt::container {

/// One packet of init.
struct Heard {
    init::Message message{};
    std::vector<Fd> fds;
    bool silent = false;  ///< init closed its end, or died, without a word
};

/// Waits for the next packet on `socket`, or for the end of the process of `pidfd`.
Result<Heard> hear(FdRef socket, FdRef pidfd);

/// Sends `msg`, with `fds` if there are any.  That init is gone is for hear() to find out.
Status tell(FdRef socket, init::Msg msg, const std::vector<Fd> &fds = {});

}  // namespace rt::container
