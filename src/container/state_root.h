// SPDX-License-Identifier: Apache-2.0
//
// --root: a directory that is ours alone, with a directory for each container in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/container_id.h"

namespace rt::container {

/// The directory of one container.
class Home {
public:
    FdRef dir() const { return dir_; }
    const oci::ContainerId &id() const { return id_; }

    /// flock(2), exclusive, waiting at most `timeout_ms`; -1: without limit.  False: the time was up.
    Result<bool> lock(int timeout_ms);
    Status unlock();
    /// The directory was removed while we held it open.
    Result<bool> gone() const;

private:
    friend class StateRoot;
    Home(oci::ContainerId id, Fd dir) : id_(std::move(id)), dir_(std::move(dir)) {}
    oci::ContainerId id_;
    Fd dir_;
};

class StateRoot {
public:
    /// Where --root is when it was not given: /run/runtime, or $XDG_RUNTIME_DIR/runtime for others than root.
    static std::string default_path();
    /// Opens it; makes it, with its parents, when `make`.  It has to be a directory of ours that nobody
    /// else may write to.
    static Result<StateRoot> open(const std::string &path, bool make);

    /// A new home, locked.  `container "x" exists already` when the id is taken.
    Result<Home> make(const oci::ContainerId &id) const;
    /// `container "x" does not exist` when it does not.
    Result<Home> find(const oci::ContainerId &id) const;
    /// The same, and locked; a home that went away while we waited does not exist.  Waits 10 s at most: a
    /// hook may call us for its own container, whose lock the command that waits for the hook holds.
    Result<Home> find_locked(const oci::ContainerId &id) const;
    /// Removes the home and all files in it; the directory goes last.
    Status remove(const Home &home) const;
    bool holds(std::string_view id) const;
    /// A file of a home, for reading, without the home's own descriptor.  ENOENT when one of them is not
    /// there.
    Result<Fd> open_in(const oci::ContainerId &id, std::string_view file) const;
    /// Of every home there is, sorted.
    Result<std::vector<oci::ContainerId>> ids() const;

private:
    Result<Home> take_made(const oci::ContainerId &id) const;
    explicit StateRoot(Fd dir) : dir_(std::move(dir)) {}
    Fd dir_;
};

/// mkdir(2) with mode 0700 of `path` and of what is missing above it; fine when it is there.
Status make_directories(const std::string &path);

/// What a lookup of an unknown id says; other commands of engines look for the words.
Error does_not_exist(std::string_view id);

}  // namespace rt::container
