// SPDX-License-Identifier: Apache-2.0
//
// The annotations of config.json that change what is done; all others are kept and shown by `state`.
#pragma once

#include <array>
#include <string_view>

namespace rt::oci {

struct Annotation {
    std::string_view name;
    std::string_view effect;  ///< a phrase for people: "kill without a signal sends this one"
};

inline constexpr std::string_view kStopSignal = "org.opencontainers.image.stopSignal";
inline constexpr std::string_view kUnitProperty = "org.systemd.property.";  ///< and a name behind it
inline constexpr std::string_view kKeepGroups = "run.oci.keep_original_groups";

/// Sorted by name: the `potentiallyUnsafeConfigAnnotations` of `features`, and the list in runtime-config(5).
inline constexpr auto kAnnotations = std::to_array<Annotation>({
    {kStopSignal, "kill without a signal sends this one, by name or number"},
    {kUnitProperty,
     "with a name behind it and --systemd-cgroup: a property of the container's unit, in GVariant's "
     "words; NAMESec is in seconds"},
    {kKeepGroups, "with any value: the program keeps the additional groups of who called the runtime, and "
                  "process.user.additionalGids is left out"},
});

}  // namespace rt::oci
