// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oci/config.h"

namespace rt::plan {

/// The five sets as masks, bit n for capability n.
struct CapabilitySets {
    std::uint64_t bounding = 0, effective = 0, inheritable = 0, permitted = 0, ambient = 0;
    bool operator==(const CapabilitySets &) const = default;
};

/// The sets of `capabilities`, all empty when there are none.  What this kernel does not know or the
/// runtime may not grant (not in `grantable`), and what the kernel would not let stand in a set, is
/// left out and told to `warnings`.
// spec: LinuxProcCapabilitiesWarn, LinuxProcCapabilitiesNoFail, LinuxProcCapabilitiesAbsent
CapabilitySets capability_sets(const std::optional<oci::Capabilities> &capabilities, std::uint64_t grantable,
                               std::vector<std::string> &warnings);

}  // namespace rt::plan
