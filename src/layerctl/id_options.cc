// SPDX-License-Identifier: Apache-2.0
#include "layerctl/id_options.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_process.h"
#include "layerctl/own_namespace.h"

namespace rt::layerctl {
namespace {

using Mappings = std::vector<oci::IdMapping>;

std::optional<std::uint32_t> take_number(std::string_view &text, char separator)
{
    const std::string_view part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    std::uint32_t value = 0;
    const auto [end, wrong] = std::from_chars(part.data(), part.data() + part.size(), value);
    return wrong == std::errc() && end == part.data() + part.size() ? std::optional(value) : std::nullopt;
}

/// "IN:OUT:SIZE", or with blanks between as the kernel has it.
std::optional<oci::IdMapping> mapping_of(std::string_view text, char separator)
{
    if (text.ends_with(separator)) {
        return std::nullopt;
    }
    const auto in = take_number(text, separator);
    const auto out = take_number(text, separator);
    const auto size = take_number(text, separator);
    return in && out && size && *size > 0 && text.empty() ? std::optional(oci::IdMapping{*in, *out, *size})
                                                          : std::nullopt;
}

Result<Mappings> mappings_of(const Arguments &arguments, std::string_view option)
{
    Mappings out;
    for (const std::string &text : arguments.values(option)) {
        const auto mapping = mapping_of(text, ':');
        if (!mapping) {
            return Error::input(str("--", option, ": ", json::quote(text), " is not IN:OUT:SIZE"))
                .hint("0:100000:65536");
        }
        out.push_back(*mapping);
    }
    return out;
}

Result<Mappings> mappings_of(std::string_view lines)
{
    Mappings out;
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
        const auto mapping = mapping_of(line, ' ');
        if (!mapping) {
            return Error::damaged("the container's ids are damaged");
        }
        out.push_back(*mapping);
    }
    return out;
}

Mappings turned(Mappings mappings)
{
    for (oci::IdMapping &one : mappings) {
        std::swap(one.container_id, one.host_id);
    }
    return mappings;
}

Result<std::optional<Mapped>> made(host::IdMaps maps)
{
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(ids, host::user_namespace(procfs, maps).context("making a user namespace"));
    return std::optional<Mapped>(Mapped{std::move(ids), std::move(maps)});
}

}  // namespace

store::MappedIds Mapped::of_the_store() const
{
    return {ids, host::id_map_text(maps.uids), host::id_map_text(maps.gids)};
}

Result<std::optional<Mapped>> mapped_ids(const Arguments &arguments)
{
    TRY_LET(uids, mappings_of(arguments, "uidmap"));
    TRY_LET(gids, mappings_of(arguments, "gidmap"));
    if (uids.empty() && gids.empty()) {
        return std::optional<Mapped>();
    }
    if (is_in_own_namespace()) {
        return Error::input("--uidmap and --gidmap are for root")
            .hint("an ordinary user's containers have the user's ids");
    }
    host::IdMaps maps;
    maps.uids = uids.empty() ? gids : uids;
    maps.gids = gids.empty() ? uids : gids;
    return made(std::move(maps));
}

Result<std::optional<Mapped>> mapped_ids(const store::Container &container, bool back)
{
    if (container.uids.empty()) {
        return std::optional<Mapped>();
    }
    TRY_LET(uids, mappings_of(container.uids));
    TRY_LET(gids, mappings_of(container.gids));
    host::IdMaps maps;
    maps.uids = back ? turned(std::move(uids)) : std::move(uids);
    maps.gids = back ? turned(std::move(gids)) : std::move(gids);
    return made(std::move(maps));
}

}  // namespace rt::layerctl
