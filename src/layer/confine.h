// SPDX-License-Identifier: Apache-2.0
//
// Where images are unpacked: a child that sees one directory and nothing else, may do little, and is given up
// when anything goes wrong.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>

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

/// A child at work: in a mount namespace of its own whose root is `root`, without privileges but those that
/// making files takes, without descriptors but `inherited` and the root, with no system call that is not of
/// files.  Needs CAP_SYS_ADMIN.
class Confinement {
public:
    static Result<Confinement> start(const Confined &what, std::initializer_list<int> inherited);

    Confinement(Confinement &&other) noexcept;
    Confinement &operator=(Confinement &&) = delete;
    /// Ends the child if nobody has waited for it.
    ~Confinement();

    /// Something to read, or the end of it: the child has ended, or soon will.
    FdRef news() const { return said_; }
    /// Waits for the child.  Gives the work's error as if it had been done here; a child that is killed is an
    /// error.  Once.
    Status finish();

private:
    Confinement(pid_t pid, Fd said) : pid_(pid), said_(std::move(said)) {}

    pid_t pid_;
    Fd said_;
};

/// The same, one child and waited for.
Status confined(const Confined &what, std::initializer_list<int> inherited);

/// How many children there can be at a time.
inline constexpr std::size_t kMostConfined = 64;

/// Ends the children that there are, as if somebody had killed them.  For a signal's handler.
void end_confined();

}  // namespace rt::layer
