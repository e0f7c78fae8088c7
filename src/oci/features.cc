// SPDX-License-Identifier: Apache-2.0
#include "oci/features.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/json.h"
#include "oci/annotations.h"
#include "oci/load.h"
#include "oci/mount_options.h"
#include "oci/names.h"

namespace rt::oci {
namespace {

using json::Writer;
using Names = std::vector<std::string_view>;

/// Whether a part of the specification is applied; what is not, config.json may not ask for.
struct Part {
    std::string_view name;
    bool there;
};

// clang-format off
// spec: FeaturesCgroup
constexpr Part kCgroup[] = {
    {"v1",          true},
    {"v2",          true},
    {"systemd",     true},
    {"systemdUser", true},
    {"rdma",        true},
};
// spec: FeaturesApparmor
constexpr Part kApparmor[] = {{"enabled", true}};
// spec: FeaturesSelinux
constexpr Part kSelinux[] = {{"enabled", true}};
// spec: FeaturesIntelRdt
constexpr Part kIntelRdt[] = {
    {"enabled",    true},
    {"schemata",   true},
    {"monitoring", true},
};
// spec: FeaturesNetDevices
constexpr Part kNetDevices[] = {{"enabled", true}};
// spec: FeaturesIdmap
constexpr Part kIdmap[] = {{"enabled", true}};
// clang-format on

template <class Row>
Names names_in(std::span<const Row> table)
{
    Names names;
    for (const Row &row : table) {
        names.push_back(row.word);
    }
    return names;
}

Names capabilities()
{
    Names names;
    for (unsigned number = 0; number <= kLastCapability; ++number) {
        names.push_back(capability_name(number));
    }
    std::ranges::sort(names);
    return names;
}

Names annotations()
{
    Names names;
    for (const Annotation &annotation : kAnnotations) {
        names.push_back(annotation.name);
    }
    return names;
}

void write_list(Writer &w, std::string_view name, const Names &words)
{
    w.name(name).begin_array();
    for (const std::string_view word : words) {
        w.string(word);
    }
    w.end_array();
}

void write_parts(Writer &w, std::string_view name, std::span<const Part> parts)
{
    w.name(name).begin_object();
    for (const Part &part : parts) {
        w.name(part.name).boolean(part.there);
    }
    w.end_object();
}

// spec: FeaturesSeccompActions, FeaturesSeccompOperators, FeaturesSeccompArchs, FeaturesSeccompKnownFlags
// spec: FeaturesSeccompSupportedFlags
void write_seccomp(Writer &w)
{
    const std::span<const std::string_view> archs = seccomp_archs();
    const Names flags = names_in(seccomp_flags());
    w.name("seccomp").begin_object();
    w.name("enabled").boolean(true);
    write_list(w, "actions", names_in(words<SeccompAction>()));
    write_list(w, "operators", names_in(words<SeccompOperator>()));
    write_list(w, "archs", Names(archs.begin(), archs.end()));
    write_list(w, "knownFlags", flags);
    write_list(w, "supportedFlags", flags);
    w.end_object();
}

// spec: FeaturesNamespaces, FeaturesCapabilities
void write_linux(Writer &w)
{
    w.name("linux").begin_object();
    write_list(w, "namespaces", names_in(words<NamespaceType>()));
    write_list(w, "capabilities", capabilities());
    write_parts(w, "cgroup", kCgroup);
    write_seccomp(w);
    write_parts(w, "apparmor", kApparmor);
    write_parts(w, "selinux", kSelinux);
    write_parts(w, "intelRdt", kIntelRdt);
    w.name("memoryPolicy").begin_object();
    // spec: FeaturesMemoryPolicyModes, FeaturesMemoryPolicyFlags
    write_list(w, "modes", names_in(words<MemoryPolicyMode>()));
    write_list(w, "flags", names_in(words<MemoryPolicyFlag>()));
    w.end_object();
    w.name("mountExtensions").begin_object();
    write_parts(w, "idmap", kIdmap);
    w.end_object();
    write_parts(w, "netDevices", kNetDevices);
    w.end_object();
}

// spec: FeaturesAnnotations
void write_annotations(Writer &w, const Build &build)
{
    w.name("annotations").begin_object();
    w.name("io.github.seccomp.libseccomp.version").string(build.libseccomp);
    w.name("run.oci.runtime.commit").string(build.commit);
    w.name("run.oci.runtime.version").string(build.version);
    w.end_object();
}

}  // namespace

// spec: FeaturesVersions, FeaturesVersionMaxNotLess, FeaturesNothingNewer, FeaturesBuildTime, FeaturesNoNull
// spec: FeaturesHooks, FeaturesMountOptions, FeaturesMountOptionsNoData, FeaturesUnsafeAnnotations
std::string features(const Build &build)
{
    Writer w(json::Layout::kIndented);
    w.begin_object();
    w.name("ociVersionMin").string(kVersionMin);
    w.name("ociVersionMax").string(kVersionMax);
    write_list(w, "hooks", hook_names());
    write_list(w, "mountOptions", mount_option_names());
    write_linux(w);
    write_annotations(w, build);
    write_list(w, "potentiallyUnsafeConfigAnnotations", annotations());
    w.end_object();
    return std::move(w).take() + '\n';
}

}  // namespace rt::oci
