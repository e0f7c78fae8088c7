// SPDX-License-Identifier: Apache-2.0
//
// The rules of `mounts`, of which each entry stands for itself.
#include <algorithm>
#include <charconv>
#include <optional>

#include "base/json.h"
#include "base/str.h"
#include "oci/mount_options.h"
#include "oci/nearest.h"
#include "oci/rules.h"

namespace rt::oci {
namespace {

bool makes_file_system(const MountOptions &options) { return !options.bind && !options.remount; }

// spec: MountsDestInRoot
void check_destination(const Mount &mount, const std::string &at, Findings &findings)
{
    const std::string_view path = mount.destination;
    if (path.empty()) {
        findings.error(at + "/destination", "must not be empty",
                       {.clause = "MountsDestRequired", .instead = "the path in the container"});
    } else if (path.find_first_not_of("/.") == path.npos && path.find("...") == path.npos) {
        findings.error(at + "/destination", str("must not be the root itself, got ", json::quote(path)),
                       {.clause = "MountsDestInRoot", .instead = "a path below it"});
    } else if (!path.starts_with('/')) {
        findings.warning(at + "/destination", str("should be an absolute path, got ", json::quote(path)),
                         {.clause = "MountsDestAbs", .instead = json::quote(str('/', path))});
    }
}

// spec: MountsBindOption
void check_bind(const Mount &mount, const MountOptions &options, const std::string &at, Findings &findings)
{
    if (mount.source.empty() && !options.remount) {
        findings.error(at + "/source", "is required to bind",
                       {.clause = "MountsBindSource", .instead = "the path on the host"});
    }
    if (!options.data.empty()) {
        findings.error(at + "/options", str("unknown to a bind mount: ", json::quote(options.data)),
                       {.clause = "ValidValues",
                        .instead = nearest_or(options.data, mount_option_names(), "remove it")});
    }
}

// spec: MountsBindOption, MountsFilesystems
void check_type(const Mount &mount, const MountOptions &options, const std::string &at, Findings &findings)
{
    if (mount.type == "bind" || mount.type == "rbind") {
        findings.error(at + "/type",
                       str(json::quote(mount.type), " is no file system; add ", json::quote(mount.type),
                           " to the options"),
                       {.clause = "MountsBindOption",
                        .instead = str("\"options\": [", json::quote(mount.type), ", ...]")});
    } else if (mount.type.empty() && !options.remount && options.propagation.empty()) {
        findings.error(at + "/type", "is required unless options hold \"bind\" or \"rbind\"",
                       {.clause = "MountsFilesystems", .instead = "a file system, as \"tmpfs\""});
    }
}

/// "/mounts/0" -> "/mounts/0/options/2" for the option that asks for an idmapping; the mappings where none
/// does.
std::string idmap_pointer(const Mount &mount, const std::string &at)
{
    for (std::size_t i = 0; i < mount.options.size(); ++i) {
        if (mount.options[i] == "idmap" || mount.options[i] == "ridmap") {
            return nth(at + "/options", i);
        }
    }
    return at + "/uidMappings";
}

/// The mappings are those the container's user namespace gets anyway.
bool are_the_containers(const Config &config, const Mount &mount)
{
    return mount.uid_mappings == config.linux_.uid_mappings &&
           mount.gid_mappings == config.linux_.gid_mappings;
}

/// Where the kernel has no way to map ids, whatever the mappings are.
// spec: MountsIdmapFits
void check_idmap_fits(const Config &config, const Mount &mount, const MountOptions &options,
                      const std::string &at, Findings &findings)
{
    const bool mapped = !mount.uid_mappings.empty();
    const auto refuse = [&](std::string why, std::string because = "") {
        findings.error(idmap_pointer(mount, at), std::move(why),
                       {.clause = "MountsIdmapFits", .instead = "remove it", .because = std::move(because)});
    };
    if (options.remount) {
        refuse("a remount cannot change the ids of a mount");
    } else if (!options.bind && (mount.type == "cgroup" || mount.type == "cgroup2")) {
        refuse(str("the ids of a mount of type ", json::quote(mount.type), " cannot be mapped"));
    } else if (!options.bind && mapped && find_namespace(config, NamespaceType::kUser) != nullptr &&
               !are_the_containers(config, mount)) {
        refuse("a file system made in a \"user\" namespace has the ids of that namespace", kNamespaces);
    }
}

// spec: MountsMappingsTogether, MountsMappingsFormat, MountsMappingsOption, MountsIdmapNoMappings
void check_idmap(const Config &config, const Mount &mount, const MountOptions &options, const std::string &at,
                 Findings &findings)
{
    const bool uids = !mount.uid_mappings.empty();
    const bool gids = !mount.gid_mappings.empty();
    if (uids != gids) {
        findings.error(at + (uids ? "/uidMappings" : "/gidMappings"),
                       "uidMappings and gidMappings must be given together",
                       {.clause = "MountsMappingsTogether", .instead = "both, or neither"});
        return;
    }
    if (!options.idmap && !uids) {
        return;
    }
    check_mapping_list(mount.uid_mappings, at + "/uidMappings", "MountsMappingsFormat", findings);
    check_mapping_list(mount.gid_mappings, at + "/gidMappings", "MountsMappingsFormat", findings);
    if (!options.idmap) {
        findings.warning(at + "/uidMappings", "should come with \"idmap\" or \"ridmap\" in the options",
                         {.clause = "MountsMappingsOption", .instead = R"("options": ["idmap", ...])"});
    }
    if (!uids && find_namespace(config, NamespaceType::kUser) == nullptr) {
        findings.error(
            idmap_pointer(mount, at),
            "needs uidMappings and gidMappings, or a \"user\" namespace in /linux/namespaces",
            {.clause = "MountsIdmapNoMappings",
             .instead = R"("uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}], ...)",
             .because = kNamespaces});
        return;
    }
    check_idmap_fits(config, mount, options, at, findings);
}

/// File systems whose files get owners from their options.
constexpr std::string_view kOwned[] = {"devpts", "proc", "tmpfs"};

/// The number in "uid=5", of which `key` is "uid=".
std::optional<std::uint32_t> id_in(std::string_view option, std::string_view key)
{
    if (!option.starts_with(key)) {
        return std::nullopt;
    }
    std::uint32_t id = 0;
    const char *first = option.data() + key.size(), *last = option.data() + option.size();
    const auto [end, error] = std::from_chars(first, last, id);
    return error == std::errc() && end == last ? std::optional(id) : std::nullopt;
}

bool is_mapped(std::uint32_t id, const std::vector<IdMapping> &mappings)
{
    return std::ranges::any_of(
        mappings, [id](const IdMapping &m) { return id >= m.container_id && id - m.container_id < m.size; });
}

// spec: RootlessMountIds
void check_owners(const Config &config, const Mount &mount, const std::string &at, Findings &findings)
{
    const Linux &linux_ = config.linux_;
    if (std::ranges::find(kOwned, mount.type) == std::end(kOwned) || linux_.uid_mappings.empty() ||
        linux_.gid_mappings.empty() || find_namespace(config, NamespaceType::kUser) == nullptr) {
        return;
    }
    for (std::size_t i = 0; i < mount.options.size(); ++i) {
        const std::string &option = mount.options[i];
        const auto uid = id_in(option, "uid="), gid = id_in(option, "gid=");
        if ((uid && !is_mapped(*uid, linux_.uid_mappings)) ||
            (gid && !is_mapped(*gid, linux_.gid_mappings))) {
            findings.error(nth(at + "/options", i),
                           str(uid.value_or(gid.value_or(0)), " is not mapped into the user namespace"),
                           {.clause = "RootlessMountIds", .instead = "remove it, or map it"});
        }
    }
}

void check_mount(const Config &config, const Mount &mount, const std::string &at, Findings &findings)
{
    const MountOptions options = parse_mount_options(mount.options);
    check_destination(mount, at, findings);
    if (options.bind) {
        check_bind(mount, options, at, findings);
    } else {
        check_type(mount, options, at, findings);
    }
    if (options.tmpcopyup && (mount.type != "tmpfs" || !makes_file_system(options))) {
        findings.error(at + "/options",
                       str("\"tmpcopyup\" needs type \"tmpfs\", got ", json::quote(mount.type)),
                       {.clause = "TmpcopyupContents", .instead = "remove it"});
    }
    check_idmap(config, mount, options, at, findings);
    if (makes_file_system(options)) {
        check_owners(config, mount, at, findings);
    }
}

}  // namespace

void check_mounts(const Config &config, Findings &findings)
{
    for (std::size_t i = 0; i < config.mounts.size(); ++i) {
        check_mount(config, config.mounts[i], nth("/mounts", i), findings);
    }
    if (!config.mounts.empty() && find_namespace(config, NamespaceType::kMount) == nullptr) {
        findings.error("/mounts", "needs a \"mount\" namespace in /linux/namespaces",
                       needs_namespace("MountNamespaceNeeded", NamespaceType::kMount));
    }
}

}  // namespace rt::oci
