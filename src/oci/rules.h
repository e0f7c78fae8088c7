// SPDX-License-Identifier: Apache-2.0
//
// The parts of validate(), a function for each part of config.json, and what they share.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oci/config.h"
#include "oci/findings.h"

namespace rt::oci {

void check_hooks(const Hooks &hooks, Findings &findings);
void check_mounts(const Config &config, Findings &findings);
void check_namespaces(const Config &config, Findings &findings);
void check_id_mappings(const Config &config, Findings &findings);
void check_devices(const std::vector<Device> &devices, Findings &findings);
void check_scheduler(const Scheduler &scheduler, const std::string &at, Findings &findings);
void check_io_priority(const IoPriority &io, const std::string &at, Findings &findings);
/// memoryPolicy, and what the scheduler has to do with hooks.
void check_scheduling(const Config &config, Findings &findings);
void check_sysctl(const Config &config, Findings &findings);
void check_net_devices(const Config &config, Findings &findings);
void check_intel_rdt(const IntelRdt &rdt, Findings &findings);
void check_seccomp(const Seccomp &seccomp, Findings &findings);

/// What a finding follows from that find_namespace() had a part in.
inline constexpr const char *kNamespaces = "/linux/namespaces";
/// The namespace of that type in the list; nullptr when the container shares the runtime's.
const Namespace *find_namespace(const Config &config, NamespaceType type);

/// Why something needs a namespace that the list has not.
Why needs_namespace(std::string_view clause, NamespaceType type);

// `clause` is what is broken, as in Why.
/// The rules of one list of mappings, of a user namespace or of a mount: sizes, ends and overlaps.
void check_mapping_list(const std::vector<IdMapping> &mappings, const std::string &at,
                        std::string_view clause, Findings &findings);
/// Blames `at` unless `path` begins with '/'.
void want_absolute(std::string_view path, std::string at, std::string_view clause, Findings &findings);
/// Blames every entry that is not NAME=VALUE.
void want_env(std::span<const std::string> env, const std::string &at, std::string_view clause,
              Findings &findings);
/// One name without '/', not "." or "..".
bool is_one_component(std::string_view name);

/// A name that a group of resctrl can have: one component, and nothing that resctrl has in its root itself.
bool is_resctrl_group(std::string_view name);

/// "/a/b" + 3 -> "/a/b/3"
std::string nth(std::string_view at, std::size_t index);
/// "/a" + "x/y" -> "/a/x~1y"
std::string at_key(std::string_view at, std::string_view key);

}  // namespace rt::oci
