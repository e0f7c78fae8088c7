// SPDX-License-Identifier: Apache-2.0
#include "plan/process_capabilities.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "base/str.h"
#include "oci/names.h"

namespace rt::plan {
namespace {

struct Set {
    std::vector<std::string> oci::Capabilities::*names;
    std::uint64_t CapabilitySets::*mask;
};

constexpr Set kSets[] = {
    {&oci::Capabilities::bounding, &CapabilitySets::bounding},
    {&oci::Capabilities::effective, &CapabilitySets::effective},
    {&oci::Capabilities::inheritable, &CapabilitySets::inheritable},
    {&oci::Capabilities::permitted, &CapabilitySets::permitted},
    {&oci::Capabilities::ambient, &CapabilitySets::ambient},
};

/// A set that has to lie within another: capabilities(7), "Transformation of capabilities".
struct Within {
    std::uint64_t CapabilitySets::*inner, CapabilitySets::*outer;
    const char *at, *why;
};

constexpr Within kWithin[] = {
    {&CapabilitySets::effective, &CapabilitySets::permitted, "/effective", "not permitted"},
    {&CapabilitySets::ambient, &CapabilitySets::permitted, "/ambient", "not permitted"},
    {&CapabilitySets::ambient, &CapabilitySets::inheritable, "/ambient", "not inheritable"},
};

/// What is left out, a line for each reason.
class LeftOut {
public:
    void add(std::string_view at, std::string_view why, std::string_view name)
    {
        for (Line &line : lines_) {
            if (line.at == at && line.why == why) {
                append(line, name);
                return;
            }
        }
        lines_.push_back({at, why, {std::string(name)}});
    }

    void tell(std::vector<std::string> &warnings) const
    {
        for (const Line &line : lines_) {
            std::string text = str("/process/capabilities", line.at, ": not granted, since ", line.why, ":");
            for (const std::string &name : line.names) {
                text += str(&name == line.names.data() ? " " : ", ", name);
            }
            warnings.push_back(std::move(text));
        }
    }

private:
    struct Line {
        std::string_view at, why;
        std::vector<std::string> names;
    };
    /// A name may be in up to five sets.
    static void append(Line &line, std::string_view name)
    {
        if (std::ranges::find(line.names, name) == line.names.end()) {
            line.names.emplace_back(name);
        }
    }
    std::vector<Line> lines_;
};

std::uint64_t mask_of(const std::vector<std::string> &names, std::uint64_t grantable, LeftOut &left_out)
{
    std::uint64_t mask = 0;
    for (const std::string &name : names) {
        const std::optional<unsigned> number = oci::capability_number(name);
        const std::uint64_t bit = number ? std::uint64_t{1} << *number : 0;
        if ((grantable & bit) == 0) {
            left_out.add("", number ? "the runtime has them not itself" : "unknown", name);
        }
        mask |= grantable & bit;
    }
    return mask;
}

void confine(CapabilitySets &sets, LeftOut &left_out)
{
    for (const Within &row : kWithin) {
        std::uint64_t outside = sets.*row.inner & ~(sets.*row.outer);
        sets.*row.inner &= sets.*row.outer;
        for (; outside != 0; outside &= outside - 1) {
            left_out.add(row.at, row.why,
                         oci::capability_name(static_cast<unsigned>(std::countr_zero(outside))));
        }
    }
}

}  // namespace

// spec: WarningsOnce
CapabilitySets capability_sets(const std::optional<oci::Capabilities> &capabilities, std::uint64_t grantable,
                               std::vector<std::string> &warnings)
{
    CapabilitySets sets;
    if (!capabilities) {
        return sets;
    }
    LeftOut left_out;
    for (const Set &set : kSets) {
        sets.*set.mask = mask_of((*capabilities).*set.names, grantable, left_out);
    }
    confine(sets, left_out);
    left_out.tell(warnings);
    return sets;
}

}  // namespace rt::plan
