// SPDX-License-Identifier: Apache-2.0
//
// The annotations of config.json that change what is done; all others are kept and shown by `state`.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

namespace rt::oci {

struct Annotation {
    std::string_view name;
    std::string_view effect;  ///< a phrase for people: "kill without a signal sends this one"
};

inline constexpr std::string_view kStopSignal = "org.opencontainers.image.stopSignal";
inline constexpr std::string_view kUnitProperty = "org.systemd.property.";  ///< and a name behind it
inline constexpr std::string_view kHooksStderr = "run.oci.hooks.stderr",
                                  kHooksStdout = "run.oci.hooks.stdout";
inline constexpr std::string_view kKeepGroups = "run.oci.keep_original_groups";
inline constexpr std::string_view kPidfdReceiver = "run.oci.pidfd_receiver";
inline constexpr std::string_view kSubgroup = "run.oci.systemd.subgroup";

/// Sorted by name: the `potentiallyUnsafeConfigAnnotations` of `features`, and the list in runtime-config(5).
inline constexpr auto kAnnotations = std::to_array<Annotation>({
    {kStopSignal, "kill without a signal sends this one, by name or number"},
    {kUnitProperty,
     "with a name behind it and --systemd-cgroup: a property of the container's unit, in GVariant's "
     "words; NAMESec is in seconds"},
    {kHooksStderr, "the absolute path of a file, made if it is missing: what hooks outside of the container "
                   "(prestart, createRuntime, poststart, poststop) print as errors is added to it"},
    {kHooksStdout, "the same of what they print otherwise"},
    {kKeepGroups, "with any value: the program keeps the additional groups of who called the runtime, and "
                  "process.user.additionalGids is left out"},
    {kPidfdReceiver,
     "the absolute path of a unix socket that is sent a pidfd of the first process, where the "
     "command line names none (--pidfd-socket)"},
    {kSubgroup, "with --systemd-cgroup: the container's cgroup is the one of this name below its unit's; "
                "empty: the unit's own"},
});

/// The value of one of them; "" where it is absent.
inline std::string annotation(const std::map<std::string, std::string> &annotations, std::string_view name)
{
    const auto found = annotations.find(std::string(name));
    return found == annotations.end() ? "" : found->second;
}

}  // namespace rt::oci
