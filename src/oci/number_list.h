// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rt::oci {

/// "0-3,7": processors, or nodes of memory.  Holds what it was parsed from, or nothing.
class NumberList {
public:
    /// Above what any kernel can be built for; a mask is at most 8 KiB.
    static constexpr std::uint32_t kMost = 65535;

    /// Numbers and ranges between commas, with blanks around them; blanks alone are an empty list.  nullopt
    /// for anything else, a range that goes down and a number above kMost.
    static std::optional<NumberList> parse(std::string_view text);

    bool empty() const { return ranges_.empty(); }

    /// A bit for each number, as bytes in whole words of the kernel: what sched_setaffinity(2) and
    /// set_mempolicy(2) take.  "" of an empty list.
    std::string mask() const;

    bool operator==(const NumberList &) const = default;

private:
    struct Range {
        std::uint32_t first, last;
        bool operator==(const Range &) const = default;
    };
    static std::optional<Range> parse_range(std::string_view text);

    std::vector<Range> ranges_;
};

}  // namespace rt::oci
