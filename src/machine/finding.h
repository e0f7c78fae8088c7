// SPDX-License-Identifier: Apache-2.0
//
// What a machine offers a container runtime, one question at a time.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rt::machine {

/// The answer to one question.
struct Finding {
    bool works = false;
    std::string detail;  ///< what there is, or why there is nothing; may be ""
    std::string advice;  ///< what to do about a "no"; may be ""
};

inline Finding yes(std::string detail = "") { return {true, std::move(detail), ""}; }
// spec: CliInfoWhy
inline Finding no(std::string why, std::string advice = "")
{
    return {false, std::move(why), std::move(advice)};
}

/// A row of the one table.  A probe tries what it tells of, in a child where that would change us, and leaves
/// nothing behind.
struct Question {
    std::string_view name;
    Finding (*probe)();
};

struct Group {
    std::string_view name;
    std::span<const Question> questions;
};

// A file each.
Group kernel_features();
Group cgroups();
Group namespaces();
Group rights();
Group security();
Group services();

/// All of them, in the order in which they are printed.
inline std::vector<Group> groups()
{
    return {kernel_features(), cgroups(), namespaces(), rights(), security(), services()};
}

}  // namespace rt::machine
