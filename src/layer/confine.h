// SPDX-License-Identifier: Apache-2.0
//
// Where what images hold is read and unpacked: a child that sees one directory, or none, and nothing else,
// may do little, and is given up when anything goes wrong.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace rt::layer {

/// What the child is to do, and its limits.
struct Confined {
    FdRef root;                  ///< the directory that is its root; as `/` too; kNoFiles
    std::uint64_t largest_file;  ///< bytes: RLIMIT_FSIZE
    /// Gives what the parent is to be told, up to kLongestAnswer bytes.
    Result<std::string> (*work)(FdRef root, void *argument);
    void *argument;
};
/// In place of a root: the child opens nothing.
inline constexpr FdRef kNoFiles{-1};
inline constexpr std::size_t kLongestAnswer = 64 << 20;

/// A child at work, without descriptors but `inherited` and the root.
/// With a root: in a mount namespace of its own whose root that is, without privileges but those that making
/// files takes, with no system call that is not of files.  Needs CAP_SYS_ADMIN.
/// Without: with no privileges, and no system call but those that read and write the descriptors which it
/// has. Needs nothing.
class Confinement {
public:
    static Result<Confinement> start(const Confined &what, std::span<const int> inherited);

    Confinement(Confinement &&other) noexcept;
    Confinement &operator=(Confinement &&) = delete;
    /// Ends the child if nobody has waited for it.
    ~Confinement();

    /// Something to read, or the end of it: the child has ended, or soon will.
    FdRef news() const { return said_; }
    /// Waits for the child.  Gives the work's answer or error as if it had been done here; a child that is
    /// killed is an error.  Once.
    Result<std::string> finish();

private:
    Confinement(pid_t pid, Fd said) : pid_(pid), said_(std::move(said)) {}

    pid_t pid_;
    Fd said_;
};

/// The same, one child and waited for.
Result<std::string> confined(const Confined &what, std::span<const int> inherited);

/// How many children there can be at a time.
inline constexpr std::size_t kMostConfined = 64;

/// Ends the children that there are, as if somebody had killed them.  For a signal's handler.
void end_confined();

}  // namespace rt::layer
