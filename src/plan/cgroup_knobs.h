// SPDX-License-Identifier: Apache-2.0
//
// linux.resources as tables: a row for each file of a controller.  A controller is added by adding
// rows to cgroup_v1.cc and cgroup_v2.cc.
#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/str.h"
#include "oci/config.h"
#include "plan/cgroup.h"

namespace rt::plan {

using Value = std::optional<std::string>;

/// A file that takes one value.
struct Knob {
    std::string_view controller;
    const char *file;
    const char *pointer;                     ///< where the value comes from
    Value (*value)(const oci::Resources &);  ///< nullopt: not asked for
    bool again = false;                      ///< CgroupWrite::again
    bool may_be_missing = false;
};

/// Files that take a value for each device, page size or interface, or have two names.
struct ListKnob {
    std::string_view controller;
    void (*add)(const oci::Resources &, std::vector<CgroupWrite> &);
};

/// What v1 had and v2 has not.
struct Unconvertible {
    std::string_view controller;
    const char *pointer;
    bool (*asked)(const oci::Resources &);
};

std::span<const Knob> v1_knobs();
std::span<const ListKnob> v1_lists();
std::span<const Knob> v2_knobs();
std::span<const ListKnob> v2_lists();
std::span<const Unconvertible> v2_unconvertible();

/// cgroupsPath, normalized; "/ID" where it is absent.
Result<std::string> cgroup_path(const oci::Linux &linux_, std::string_view id);

/// Refuses what no kernel takes, and names that would lead out of the cgroup's directory.
Status check_resources(const oci::Resources &resources);

/// A member of one of the optional objects of Resources; nullopt when either is absent.
template <auto Object, auto Field>
auto asked(const oci::Resources &r)
{
    using Member = std::remove_cvref_t<decltype((*(r.*Object)).*Field)>;
    return r.*Object ? (*(r.*Object)).*Field : Member();
}

/// The number as it is.
template <auto Object, auto Field>
Value number(const oci::Resources &r)
{
    const auto value = asked<Object, Field>(r);
    return value ? Value(str(*value)) : Value();
}

/// The text, unless it is empty.
template <auto Object, auto Field>
Value text(const oci::Resources &r)
{
    const std::string value = asked<Object, Field>(r);
    return value.empty() ? Value() : Value(value);
}

/// The number, where 0 is what engines send for "unset".
template <auto Object, auto Field>
Value nonzero(const oci::Resources &r)
{
    const auto value = asked<Object, Field>(r);
    return value.value_or(0) != 0 ? Value(str(*value)) : Value();
}

/// "0" for a 0 that somebody wrote: what a kernel without the file has anyhow.
template <auto Object, auto Field>
Value zero(const oci::Resources &r)
{
    const auto value = asked<Object, Field>(r);
    return value && *value == 0 ? Value("0") : Value();
}

/// An idle cgroup has the least weight there is, and the kernel takes no other for it.
inline bool idles(const oci::Resources &r) { return r.cpu && r.cpu->idle.value_or(0) == 1; }

/// Memory without a limit is not to be held by the old limit of memory and swap.
Value lift_swap(const oci::Resources &resources);

/// "max" for a negative number.
inline std::string or_max(std::int64_t value) { return value < 0 ? "max" : str(value); }

inline Value pids_max(const oci::Resources &r)
{
    const auto limit = asked<&oci::Resources::pids, &oci::PidsResources::limit>(r);
    return limit ? Value(or_max(*limit)) : Value();
}

/// "8:0 500"
inline std::string device_value(std::int64_t major, std::int64_t minor, std::string_view value)
{
    return str(major, ':', minor, ' ', value);
}

/// rdma.max is the same in both versions.
void add_rdma(const oci::Resources &resources, std::vector<CgroupWrite> &writes);
/// hugetlb.<size>.rsvd.<file>, where the kernel has it, else hugetlb.<size>.<file>.
void add_hugetlb(const oci::Resources &resources, std::string_view file, std::vector<CgroupWrite> &writes);

}  // namespace rt::plan
