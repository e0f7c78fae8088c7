// SPDX-License-Identifier: Apache-2.0
#include "plan/process_capabilities.h"

#include <bit>
#include <string_view>

#include "base/str.h"
#include "oci/names.h"

namespace rt::plan {
namespace {

struct Set {
    const char *name;
    std::vector<std::string> oci::Capabilities::*names;
    std::uint64_t CapabilitySets::*mask;
};

constexpr Set kSets[] = {
    {"bounding", &oci::Capabilities::bounding, &CapabilitySets::bounding},
    {"effective", &oci::Capabilities::effective, &CapabilitySets::effective},
    {"inheritable", &oci::Capabilities::inheritable, &CapabilitySets::inheritable},
    {"permitted", &oci::Capabilities::permitted, &CapabilitySets::permitted},
    {"ambient", &oci::Capabilities::ambient, &CapabilitySets::ambient},
};

/// A set that has to lie within another: capabilities(7), "Transformation of capabilities".
struct Within {
    std::uint64_t CapabilitySets::*inner, CapabilitySets::*outer;
    const char *rule;
};

constexpr Within kWithin[] = {
    {&CapabilitySets::effective, &CapabilitySets::permitted, "effective without being permitted"},
    {&CapabilitySets::ambient, &CapabilitySets::permitted, "ambient without being permitted"},
    {&CapabilitySets::ambient, &CapabilitySets::inheritable, "ambient without being inheritable"},
};

class Reader {
public:
    Reader(std::uint64_t grantable, std::vector<std::string> &warnings)
        : grantable_(grantable), warnings_(warnings)
    {}

    std::uint64_t mask(const Set &set, const std::vector<std::string> &names)
    {
        std::uint64_t mask = 0;
        for (const std::string &name : names) {
            const std::optional<unsigned> number = oci::capability_number(name);
            if (!number) {
                warn(set.name, name, "not a capability we know");
                continue;
            }
            const std::uint64_t bit = std::uint64_t{1} << *number;
            if ((grantable_ & bit) == 0) {
                warn(set.name, name, "not ours to grant");
                continue;
            }
            mask |= bit;
        }
        return mask;
    }

    void confine(CapabilitySets &sets)
    {
        for (const Within &row : kWithin) {
            std::uint64_t outside = sets.*row.inner & ~(sets.*row.outer);
            sets.*row.inner &= sets.*row.outer;
            for (; outside != 0; outside &= outside - 1) {
                const auto number = static_cast<unsigned>(std::countr_zero(outside));
                warnings_.push_back(str("/process/capabilities: ", oci::capability_name(number), " can't be ",
                                        row.rule, ", left out"));
            }
        }
    }

private:
    /// A name is in up to five sets; one warning is enough.
    void warn(const char *set, const std::string &name, const char *why)
    {
        for (const std::string &told : told_) {
            if (told == name) {
                return;
            }
        }
        told_.push_back(name);
        warnings_.push_back(str("/process/capabilities/", set, ": \"", name, "\" is ", why, ", left out"));
    }

    std::uint64_t grantable_;
    std::vector<std::string> &warnings_;
    std::vector<std::string> told_;
};

}  // namespace

CapabilitySets capability_sets(const std::optional<oci::Capabilities> &capabilities, std::uint64_t grantable,
                               std::vector<std::string> &warnings)
{
    CapabilitySets sets;
    if (!capabilities) {
        return sets;
    }
    Reader reader(grantable, warnings);
    for (const Set &set : kSets) {
        sets.*set.mask = reader.mask(set, (*capabilities).*set.names);
    }
    reader.confine(sets);
    return sets;
}

}  // namespace rt::plan
