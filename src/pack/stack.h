// SPDX-License-Identifier: Apache-2.0
//
// What a stack of directories shows, as overlayfs would, without mounting it.  A tree as it is, is a stack of
// one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "pack/file_facts.h"

namespace rt::pack {

/// Somebody writes in the tree while we read it.
Error changed_while_read();

/// One directory of the merged tree: those that are merged in it, the topmost first.
class MergedDirectory {
public:
    struct Child {
        std::string name;
        std::size_t part = 0;  ///< the directory that has it
    };

    /// `roots`, which are taken, the topmost first.
    static Result<MergedDirectory> root(std::vector<Fd> roots, Overlay overlay);

    /// What is in it, sorted by name; what is deleted is not.
    Result<std::vector<Child>> children() const;
    /// Of what is not there any more, or something else by now: changed_while_read().
    Result<FileFacts> facts(const Child &child) const;
    /// Of the directory itself.
    Result<FileFacts> facts() const { return read_facts(parts_.front(), ".", overlay_); }
    Result<MergedDirectory> enter(const Child &child) const;
    Result<Fd> open(const Child &child) const;

    /// They are the same directories: nothing in one differs from the other.
    bool same_parts(const MergedDirectory &other) const;

private:
    explicit MergedDirectory(Overlay overlay) : overlay_(overlay) {}
    Result<MergedDirectory> entered(const Child &child) const;
    Result<bool> add(Fd dir);
    Result<bool> is_whiteout(std::size_t part, const std::string &name, unsigned char type) const;

    struct Part {
        Fd fd;
        dev_t dev = 0;
        ino_t ino = 0;
        bool xattr_whiteouts = false;          ///< some of its files may be whiteouts
        operator FdRef() const { return fd; }  // NOLINT(*-explicit-*)
    };
    std::vector<Part> parts_;
    Overlay overlay_;
};

}  // namespace rt::pack
