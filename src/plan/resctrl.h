// SPDX-License-Identifier: Apache-2.0
//
// linux.intelRdt (config-linux.md#intelrdt): which group of resctrl, and what it has to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/config.h"

namespace rt::plan {

struct ResctrlPlan {
    /// What is asked of the group before we come.
    enum class Group : std::uint8_t {
        kNew,      ///< ours: no closID was given
        kAny,      ///< made, or found with the same schemata
        kPresent,  ///< somebody else made it
    };
    Group asked{};
    std::string group;               ///< its name; "" for the default class, the root of resctrl
    std::vector<std::string> lines;  ///< for its schemata, in order, without newlines
    std::string monitor;             ///< the monitoring group in it, or ""
    std::string mount;               ///< where resctrl is
};

/// Nothing when linux.intelRdt is not set.  `mount`: where resctrl is mounted, or "".
Result<std::optional<ResctrlPlan>> plan_resctrl(const oci::Linux &linux_, const std::string &id,
                                                const std::string &mount);

/// `schemata`, as the kernel prints it, says what `line` asks for: the same resource, and for every domain
/// of `line` the same number, however many zeros lead it.
bool holds(std::string_view schemata, std::string_view line);

}  // namespace rt::plan
