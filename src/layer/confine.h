// SPDX-License-Identifier: Apache-2.0
//
// Where images are unpacked: a child that sees one directory and nothing else, may do little, and is given up
// when anything goes wrong.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/fd.h"
#include "base/result.h"

namespace rt::layer {

/// What the child is to do, and its limits.
struct Confined {
    FdRef root;                  ///< the directory that is its root; as `/` too
    std::uint64_t largest_file;  ///< bytes: RLIMIT_FSIZE
    Status (*work)(FdRef root, void *argument);
    void *argument;
};

/// Does `work` in a child: in a mount namespace of its own whose root is `root`, without privileges but those
/// that making files takes, without descriptors but `inherited` and the root, with no system call that is not
/// of files. Gives the work's error as if it had been done here; a child that is killed is an error.  Needs
/// CAP_SYS_ADMIN.
Status confined(const Confined &what, std::initializer_list<int> inherited);

/// Ends the child, if there is one, as if somebody had killed it.  For a signal's handler.
void end_confined();

}  // namespace rt::layer
