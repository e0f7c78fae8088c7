// SPDX-License-Identifier: Apache-2.0
#include "layerctl/container_options.h"

#include <linux/magic.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"
#include "layerctl/amounts.h"
#include "layerctl/own_namespace.h"
#include "oci/mount_options.h"
#include "oci/names.h"

namespace rt::layerctl {
namespace {

using layer::BindWish;
using layer::ContainerWishes;
using layer::Network;
using Texts = std::vector<std::string>;

Texts split(std::string_view text, char separator)
{
    Texts out;
    for (;;) {
        const std::size_t end = text.find(separator);
        out.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return out;
        }
        text.remove_prefix(end + 1);
    }
}

/// `path` with no link, no dot and no way up in it; an error names `option`.
Result<std::string> real_path(std::string_view option, const std::string &path)
{
    auto real = kernel::realpath(path);
    return real ? std::move(real)
                : Error::kernel(real.error().err(), str("--", option, ": ", json::quote(path)));
}

Status take_env(const Arguments &arguments, ContainerWishes &out)
{
    out.env = arguments.values("env");
    for (const std::string &variable : out.env) {
        if (variable.find('=') == std::string::npos || variable.starts_with('=')) {
            return Error::input(str("--env: ", json::quote(variable), " is not NAME=VALUE"))
                .hint(R"(of our own environment: --env NAME="$NAME")");
        }
    }
    return {};
}

Status take_network(const Arguments &arguments, ContainerWishes &out)
{
    const std::string net = arguments.value("net", "none");
    if (net.starts_with('/')) {
        out.network = Network::kOfPath;
        TRY_LET(path, real_path("net", net));
        out.network_path = std::move(path);
        return {};
    }
    if (net != "none" && net != "host") {
        return Error::input(str("--net: ", json::quote(net), " is not known"))
            .hint("none, host, or the path of a network namespace");
    }
    out.network = net == "host" ? Network::kHosts : Network::kOwn;
    return {};
}

Result<BindWish> volume_of(const std::string &text)
{
    const auto wrong = [&](std::string_view why) {
        return Error::input(str("--volume: ", json::quote(text), " ", why)).hint("FROM:TO, or FROM:TO:ro");
    };
    const Texts parts = split(text, ':');
    if (parts.size() < 2 || parts.size() > 3 || parts[0].empty()) {
        return wrong("is not FROM:TO");
    }
    if (!parts[1].starts_with('/') || parts[1].find_first_not_of('/') == std::string::npos) {
        return wrong("has no absolute path below / for the container");
    }
    auto source = real_path("volume", parts[0]);
    if (!source && source.error().err() == ENOENT) {
        const bool path = parts[0].find('/') != std::string::npos;
        return std::move(source).error().hint(
            path ? "FROM has to be there: mkdir -p makes it"
                 : "there are no named volumes: FROM is a path, as ./data, and has to be there");
    }
    TRY_LET(from, std::move(source));
    BindWish out{std::move(from), parts[1], parts.size() == 3 ? split(parts[2], ',') : Texts()};
    const oci::MountOptions options = oci::parse_mount_options(out.options);
    if (!options.data.empty()) {
        return wrong(str("has ", json::quote(options.data), ", which is no option of a bind mount"));
    }
    if (!options.bind) {
        out.options.emplace_back("rbind");
    }
    if (options.propagation.empty()) {
        out.options.emplace_back("rprivate");
    }
    return out;
}

bool covers(const std::vector<BindWish> &binds, std::string_view destination)
{
    return std::ranges::any_of(binds, [&](const BindWish &one) { return one.destination == destination; });
}

/// The volumes; and how names are looked up in a network that is not the container's own.
Status take_binds(const Arguments &arguments, ContainerWishes &out)
{
    for (const std::string &text : arguments.values("volume")) {
        TRY_LET(bind, volume_of(text));
        out.binds.push_back(std::move(bind));
    }
    struct Lookup {
        const char *path;
        Network least;
    };
    constexpr Lookup kLookups[] = {{"/etc/resolv.conf", Network::kOfPath}, {"/etc/hosts", Network::kHosts}};
    for (const auto &[path, network] : kLookups) {
        const bool wanted = out.network == Network::kHosts || out.network == network;
        if (wanted && !covers(out.binds, path) && kernel::faccessat(kernel::kCwd, path, R_OK)) {
            out.binds.push_back({path, path, {"bind", "ro", "nosuid", "nodev", "noexec", "rprivate"}});
        }
    }
    return {};
}

/// A bit each, of one name, with or without CAP_ and in either case, or of ALL.
Result<std::uint64_t> capability_mask(std::string_view option, const std::string &text)
{
    std::string name = text;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    if (name == "ALL") {
        return (std::uint64_t{1} << (oci::kLastCapability + 1)) - 1;
    }
    const auto number = oci::capability_number(name.starts_with("CAP_") ? name : str("CAP_", name));
    return number ? Result<std::uint64_t>(std::uint64_t{1} << *number)
                  : Error::input(str("--", option, ": ", json::quote(text), " is no capability"))
                        .hint("as NET_ADMIN, or ALL");
}

Result<std::uint64_t> capability_masks(const Arguments &arguments, std::string_view option)
{
    std::uint64_t out = 0;
    for (const std::string &text : arguments.values(option)) {
        TRY_LET(mask, capability_mask(option, text));
        out |= mask;
    }
    return out;
}

/// The usual ones without those of --cap-drop, and those of --cap-add whatever is dropped.
Status take_capabilities(const Arguments &arguments, ContainerWishes &out)
{
    TRY_LET(dropped, capability_masks(arguments, "cap-drop"));
    TRY_LET(added, capability_masks(arguments, "cap-add"));
    out.capabilities = (out.capabilities & ~dropped) | added;
    return {};
}

Status take_resources(const Arguments &arguments, ContainerWishes &out)
{
    TRY_LET(memory, bytes_of(arguments, "memory"));
    TRY_LET(quota, cpu_quota_of(arguments, "cpus"));
    TRY_LET(processes, count_of(arguments, "pids-limit"));
    if (memory && *memory < static_cast<std::uint64_t>(::getpagesize())) {
        return Error::input(str("--memory: ", *memory, " bytes are less than a page"))
            .hint("m and g are for more: 512m, 1.5g");
    }
    if (memory) {
        out.memory = static_cast<std::int64_t>(*memory);
    }
    out.cpu_quota = quota;
    out.processes = processes;
    return {};
}

std::optional<std::string> text_of(const Arguments &arguments, std::string_view option)
{
    return arguments.has(option) ? std::optional(arguments.value(option)) : std::nullopt;
}

Status take_process(const Arguments &arguments, ContainerWishes &out)
{
    if (const auto program = text_of(arguments, "entrypoint")) {
        out.entrypoint = program->empty() ? Texts() : Texts{*program};
    }
    out.user = text_of(arguments, "user");
    out.cwd = text_of(arguments, "workdir");
    if (out.cwd && !out.cwd->starts_with('/')) {
        return Error::input(str("--workdir: ", json::quote(*out.cwd), " is not absolute"));
    }
    out.hostname = arguments.value("hostname");
    out.terminal = arguments.on("tty");
    out.read_only = arguments.on("read-only");
    out.image_volumes = !arguments.on("no-image-volumes");
    return {};
}

}  // namespace

Result<ContainerWishes> wishes_of(const Arguments &arguments, std::size_t words)
{
    ContainerWishes out;
    out.command.assign(arguments.positionals.begin() + static_cast<std::ptrdiff_t>(words),
                       arguments.positionals.end());
    for (const auto take :
         {take_env, take_process, take_network, take_binds, take_capabilities, take_resources}) {
        TRY(take(arguments, out));
    }
    out.tty_group = !is_in_own_namespace() || our_maps().gids.size() > 1;
    const auto cgroups = kernel::statfs_type("/sys/fs/cgroup");
    out.cgroup_namespace = cgroups && *cgroups == CGROUP2_SUPER_MAGIC;
    return out;
}

}  // namespace rt::layerctl
