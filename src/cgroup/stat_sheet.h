// SPDX-License-Identifier: Apache-2.0
//
// Objects of numbers, from tables that say where the kernel has them.
#pragma once

#include <span>
#include <string_view>

#include "base/json.h"
#include "cgroup/stat_files.h"

namespace rt::cgroup {

enum class Unit : std::uint8_t {
    kOne,           ///< as it is
    kMicroseconds,  ///< printed as nanoseconds
    kTicks,         ///< 1/100 s, likewise: USER_HZ
    kSigned,        ///< may be below 0
    kZeroForMax,    ///< no limit is 0, which is left out
};

/// Where the kernel has a number.
struct Source {
    const char *file = "";
    const char *key = "";  ///< of a line "key number"; "": the whole file is the number
    Unit unit = Unit::kOne;
    const char *plus = "";  ///< another file with a number to add
};

enum class Print : std::uint8_t {
    kAlways,      ///< 0 where there is none
    kUnlessZero,  ///< runc's "omitempty"
    kIfKnown,     ///< beyond runc: where the kernel has it
};

/// A number by its name in JSON.
struct Number {
    const char *name;
    Print print;
    Source sources[3];  ///< the first that there is: v1 before v2, the exact before the coarse
};

/// Writes objects out of the files, in the order of the calls.
class Sheet {
public:
    Sheet(json::Writer &out, StatFiles &files) : out_(out), files_(files) {}

    json::Writer &out() { return out_; }
    StatFiles &files() { return files_; }

    /// Members of the object that is open.
    void numbers(std::span<const Number> table);
    void object(std::string_view name, std::span<const Number> table);
    /// A file of lines "key number", all of it, as an object; false and nothing without the file.
    bool whole(std::string_view name, const char *file);
    /// "psi", of a file like cpu.pressure; nothing without it.
    void psi(const char *file);
    /// Left out when it is empty.
    void list(std::string_view name, const std::vector<std::uint64_t> &values);

private:
    std::optional<std::uint64_t> read(const Source &source);
    std::optional<std::uint64_t> read(const Number &number);

    json::Writer &out_;
    StatFiles &files_;
};

// Objects about devices and the like.
void write_blkio(Sheet &sheet);
/// An error when the cgroup cannot be listed.
Status write_hugetlb(Sheet &sheet);
void write_rdma(Sheet &sheet);
void write_misc(Sheet &sheet);

}  // namespace rt::cgroup
