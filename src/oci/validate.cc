// SPDX-License-Identifier: Apache-2.0
#include "oci/validate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "base/json.h"
#include "base/str.h"
#include "oci/annotations.h"
#include "oci/load.h"
#include "oci/names.h"
#include "oci/nearest.h"
#include "oci/rules.h"

namespace rt::oci {
namespace {

/// A number of SemVer: digits without a leading zero.
std::optional<std::uint32_t> version_number(std::string_view text)
{
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && (text.front() != '0' || text.size() == 1) ? std::optional(value) : std::nullopt;
}

/// "rc.1" of "1.0.0-rc.1": names of [0-9A-Za-z-] between dots; numbers without a leading zero.
bool is_version_tail(std::string_view tail, bool zeros_may_lead)
{
    for (;;) {
        const std::string_view name = tail.substr(0, tail.find('.'));
        const bool digits = name.find_first_not_of("0123456789") == name.npos;
        const bool fits = std::ranges::all_of(name, [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        });
        if (name.empty() || !fits || (digits && !zeros_may_lead && name.front() == '0' && name.size() > 1)) {
            return false;
        }
        if (name.size() == tail.size()) {
            return true;
        }
        tail.remove_prefix(name.size() + 1);
    }
}

using Version = std::array<std::uint32_t, 3>;

std::optional<Version> parse_version(std::string_view text)
{
    const std::size_t plus = text.find('+');
    if (plus != text.npos && !is_version_tail(text.substr(plus + 1), true)) {
        return std::nullopt;
    }
    text = text.substr(0, plus);
    const std::size_t dash = text.find('-');
    if (dash != text.npos && !is_version_tail(text.substr(dash + 1), false)) {
        return std::nullopt;
    }
    text = text.substr(0, dash);
    Version version{};
    for (std::size_t i = 0; i < version.size(); ++i) {
        const std::size_t end = i + 1 < version.size() ? text.find('.') : text.size();
        const std::optional<std::uint32_t> number = version_number(text.substr(0, end));
        if (end == text.npos || !number) {
            return std::nullopt;
        }
        version[i] = *number;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return version;
}

// spec: SpecVersionInSemVer
void check_version(const std::string &text, Findings &findings)
{
    const Why why = {.clause = "SpecVersionInSemVer", .instead = json::quote(kVersionMax)};
    const std::optional<Version> version = parse_version(text);
    if (!version) {
        findings.error("/ociVersion", str("must be a SemVer 2.0.0 version, got ", json::quote(text)), why);
    } else if (version->front() != 1) {
        findings.error("/ociVersion", str("must be 1.x, got ", json::quote(text)), why);
    } else if ((*version)[1] > 3) {
        findings.warning("/ociVersion",
                         str(json::quote(text), " is newer than ", kVersionMax, ", the newest we know"), why);
    }
}

// spec: RootPathExist
void check_root(const Config &config, Findings &findings)
{
    if (!config.root) {
        return;  // its row says that it is required
    }
    if (config.root->path.empty()) {
        findings.error("/root/path", "must not be empty",
                       {.clause = "RootOnNonWindowsRequired", .instead = R"("rootfs")"});
    }
    if (config.root->readonly && find_namespace(config, NamespaceType::kMount) == nullptr) {
        findings.error("/root/readonly", "needs a \"mount\" namespace in /linux/namespaces",
                       needs_namespace("MountNamespaceNeeded", NamespaceType::kMount));
    }
}

/// hostname and domainname.
void check_uts_name(const Config &config, const std::string &name, std::string at, std::string_view clause,
                    Findings &findings)
{
    constexpr std::size_t kLongest = 64;  // __NEW_UTS_LEN
    if (name.empty()) {
        return;
    }
    if (find_namespace(config, NamespaceType::kUts) == nullptr) {
        findings.error(std::move(at), "needs a \"uts\" namespace in /linux/namespaces",
                       needs_namespace(clause, NamespaceType::kUts));
    } else if (name.size() > kLongest) {
        findings.error(std::move(at), str("must have at most ", kLongest, " bytes, has ", name.size()),
                       {.clause = clause, .instead = "a shorter name"});
    }
}

/// Those whose value has a form, and the clause that says so.
struct AnnotationForm {
    std::string_view name, clause;
    bool path;  ///< an absolute path, else the name of one cgroup or nothing
};
constexpr AnnotationForm kAnnotationForms[] = {
    {kHooksStderr, "AnnotationHooksOutput", true},
    {kHooksStdout, "AnnotationHooksOutput", true},
    {kPidfdReceiver, "AnnotationPidfdReceiver", true},
    {kSubgroup, "AnnotationSubgroup", false},
};

bool names_cgroup(std::string_view name)
{
    constexpr std::size_t kLongest = 255;  // NAME_MAX
    return name.empty() ||
           (is_one_component(name) && name.size() <= kLongest && name.find('\n') == name.npos);
}

// spec: AnnotationsKeyRequired, AnnotationsKeyIgnoreUnknown
// spec: AnnotationHooksOutput, AnnotationPidfdReceiver, AnnotationSubgroup
void check_annotations(const std::map<std::string, std::string> &annotations, Findings &findings)
{
    if (annotations.contains("")) {
        findings.error("/annotations/", "must have a name",
                       {.clause = "AnnotationsKeyRequired", .instead = "a name as \"com.example.key\""});
    }
    for (const auto &[name, clause, path] : kAnnotationForms) {
        const auto given = annotations.find(std::string(name));
        if (given == annotations.end()) {
            continue;
        }
        if (path) {
            want_absolute(given->second, str("/annotations/", name), clause, findings);
        } else if (!names_cgroup(given->second)) {
            findings.error(str("/annotations/", name), "is not the name of a cgroup",
                           {.clause = clause, .instead = "a name as \"container\", or nothing"});
        }
    }
}

// spec: LinuxPersonalityDomain, MaskedPathsAbs, ReadonlyPathsAbs, CgroupsPathError
void check_linux(const Config &config, Findings &findings)
{
    const Linux &linux_ = config.linux_;
    const bool own_mounts = find_namespace(config, NamespaceType::kMount) != nullptr;
    const Why needs_mounts = needs_namespace("MountNamespaceNeeded", NamespaceType::kMount);
    const auto check_paths = [&](const std::vector<std::string> &paths, const std::string &at,
                                 std::string_view clause) {
        for (std::size_t i = 0; i < paths.size(); ++i) {
            want_absolute(paths[i], nth(at, i), clause, findings);
        }
        if (!paths.empty() && !own_mounts) {
            findings.error(at, "needs a \"mount\" namespace in /linux/namespaces", needs_mounts);
        }
    };
    check_paths(linux_.masked_paths, "/linux/maskedPaths", "MaskedPathsAbs");
    check_paths(linux_.readonly_paths, "/linux/readonlyPaths", "ReadonlyPathsAbs");
    if (linux_.rootfs_propagation && !own_mounts) {
        findings.error("/linux/rootfsPropagation", "needs a \"mount\" namespace in /linux/namespaces",
                       needs_mounts);
    }
    if (str('/', linux_.cgroups_path, '/').find("/../") != std::string::npos) {
        findings.error("/linux/cgroupsPath", "must not hold \"..\"",
                       {.clause = "CgroupsPathError", .instead = "the path itself"});
    }
    if (linux_.personality && !personality_domain(linux_.personality->domain)) {
        findings.error("/linux/personality/domain",
                       str("expected LINUX or LINUX32, got ", json::quote(linux_.personality->domain)),
                       {.clause = "LinuxPersonalityDomain", .instead = "one of \"LINUX\", \"LINUX32\""});
    }
    if (linux_.personality && !linux_.personality->flags.empty()) {
        findings.error("/linux/personality/flags", "must be empty, the spec defines none",
                       {.clause = "LinuxPersonalityDomain", .instead = "remove it"});
    }
}

}  // namespace

// spec: ValidValues
void validate(const Config &config, Findings &findings)
{
    check_version(config.oci_version, findings);
    check_root(config, findings);
    check_mounts(config, findings);
    if (config.process) {
        validate_process(*config.process, "/process", findings);
    }
    check_uts_name(config, config.hostname, "/hostname", "LinuxHostname", findings);
    check_uts_name(config, config.domainname, "/domainname", "LinuxDomainname", findings);
    check_hooks(config.hooks, findings);
    check_annotations(config.annotations, findings);
    check_namespaces(config, findings);
    check_id_mappings(config, findings);
    check_devices(config.linux_.devices, findings);
    check_linux(config, findings);
    check_scheduling(config, findings);
    if (config.linux_.resources) {
        validate_resources(*config.linux_.resources, "/linux/resources", findings);
    }
    check_net_devices(config, findings);
    if (config.linux_.intel_rdt) {
        check_intel_rdt(*config.linux_.intel_rdt, findings);
    }
    check_sysctl(config, findings);
    if (config.linux_.seccomp) {
        check_seccomp(*config.linux_.seccomp, findings);
    }
}

}  // namespace rt::oci
