// SPDX-License-Identifier: Apache-2.0
#include "layer/runtime_config.h"

#include <algorithm>
#include <cstdint>

#include "base/json.h"
#include "layer/container_facts.h"
#include "oci/default_config.h"
#include "oci/names.h"

namespace rt::layer {
namespace {

using json::Node;
using json::Writer;
using Texts = std::vector<std::string>;

constexpr std::string_view kCapabilitySets[] = {"bounding", "effective", "permitted"};

void copy(Writer &w, Node node)
{
    switch (node.kind()) {
    case json::Kind::kObject:
        w.begin_object();
        for (const json::Member member : node.children()) {
            w.name(member.name);
            copy(w, member.value);
        }
        w.end_object();
        break;
    case json::Kind::kArray:
        w.begin_array();
        for (const json::Member element : node.children()) {
            copy(w, element.value);
        }
        w.end_array();
        break;
    case json::Kind::kString:
        w.string(*node.string());
        break;
    case json::Kind::kBool:
        w.boolean(*node.boolean());
        break;
    case json::Kind::kInteger:
        w.number(node.int64().value_or(0));
        break;
    case json::Kind::kNull:
    case json::Kind::kReal:  // the default configuration has none
        w.null();
        break;
    }
}

void write_texts(Writer &w, const Texts &all)
{
    w.begin_array();
    for (const std::string &one : all) {
        w.string(one);
    }
    w.end_array();
}

struct Facts {
    const ContainerFacts &image;
    const ContainerWishes &wishes;
};

void write_user(Writer &w, const Facts &facts, Node /*usual*/)
{
    const ImageUser &user = facts.image.user;
    w.begin_object().name("uid").number(user.uid).name("gid").number(user.gid);
    if (!user.additional_gids.empty()) {
        w.name("additionalGids").begin_array();
        for (const std::uint32_t gid : user.additional_gids) {
            w.number(gid);
        }
        w.end_array();
    }
    w.end_object();
}

void write_capabilities(Writer &w, const Facts &facts, Node /*usual*/)
{
    w.begin_object();
    for (const std::string_view set : kCapabilitySets) {
        w.name(set).begin_array();
        for (unsigned number = 0; number <= oci::kLastCapability; ++number) {
            if ((facts.wishes.capabilities >> number & 1) != 0) {
                w.string(oci::capability_name(number));
            }
        }
        w.end_array();
    }
    w.end_object();
}

void write_hostname(Writer &w, const Facts &facts, Node usual)
{
    w.string(facts.wishes.hostname.empty() ? *usual.string() : facts.wishes.hostname);
}

void write_mounts(Writer &w, const Facts &facts, Node usual)
{
    w.begin_array();
    for (const json::Member element : usual.children()) {
        copy(w, element.value);
    }
    for (const BindWish &bind : facts.wishes.binds) {
        w.begin_object().name("destination").string(bind.destination);
        w.name("type").string("bind").name("source").string(bind.source);
        w.name("options");
        write_texts(w, bind.options);
        w.end_object();
    }
    w.end_array();
}

void write_namespaces(Writer &w, const Facts &facts, Node usual)
{
    w.begin_array();
    for (const json::Member element : usual.children()) {
        if (element.value.member("type")->string() != "network" || facts.wishes.network == Network::kOwn) {
            copy(w, element.value);
        } else if (facts.wishes.network == Network::kOfPath) {
            w.begin_object().name("type").string("network").name("path").string(facts.wishes.network_path);
            w.end_object();
        }
    }
    if (!facts.wishes.uid_mappings.empty()) {
        w.begin_object().name("type").string("user").end_object();
    }
    w.end_array();
}

void write_resources(Writer &w, const Facts &facts, Node usual)
{
    const ContainerWishes &wishes = facts.wishes;
    w.begin_object();
    for (const json::Member member : usual.children()) {
        w.name(member.name);
        copy(w, member.value);
    }
    if (wishes.memory) {
        w.name("memory").begin_object().name("limit").number(*wishes.memory).end_object();
    }
    if (wishes.cpu_quota) {
        w.name("cpu").begin_object().name("quota").number(*wishes.cpu_quota);
        w.name("period").number(kCpuPeriod).end_object();
    }
    if (wishes.processes) {
        w.name("pids").begin_object().name("limit").number(*wishes.processes).end_object();
    }
    w.end_object();
}

/// What takes the place of a property of the default configuration; `usual` is that.
struct Replacement {
    std::string_view pointer;
    void (*write)(Writer &w, const Facts &facts, Node usual);
};
constexpr Replacement kReplacements[] = {
    {"/process/terminal", [](Writer &w, const Facts &f, Node) { w.boolean(f.wishes.terminal); }},
    {"/process/user", write_user},
    {"/process/args", [](Writer &w, const Facts &f, Node) { write_texts(w, f.image.args); }},
    {"/process/env", [](Writer &w, const Facts &f, Node) { write_texts(w, f.image.env); }},
    {"/process/cwd", [](Writer &w, const Facts &f, Node) { w.string(f.image.cwd); }},
    {"/process/capabilities", write_capabilities},
    {"/root/readonly", [](Writer &w, const Facts &f, Node) { w.boolean(f.wishes.read_only); }},
    {"/hostname", write_hostname},
    {"/mounts", write_mounts},
    {"/linux/namespaces", write_namespaces},
    {"/linux/resources", write_resources},
};

void write_mappings(Writer &w, std::string_view name, const std::vector<oci::IdMapping> &mappings)
{
    if (mappings.empty()) {
        return;
    }
    w.name(name).begin_array();
    for (const oci::IdMapping &one : mappings) {
        w.begin_object().name("containerID").number(one.container_id);
        w.name("hostID").number(one.host_id).name("size").number(one.size).end_object();
    }
    w.end_array();
}

/// `node`, with what is replaced below it replaced.
void edit(Writer &w, Node node, const Facts &facts)
{
    const std::string pointer = node.pointer();
    const auto *replaced = std::ranges::find(kReplacements, pointer, &Replacement::pointer);
    if (replaced != std::end(kReplacements)) {
        replaced->write(w, facts, node);
        return;
    }
    if (!node.is_object()) {
        copy(w, node);
        return;
    }
    w.begin_object();
    for (const json::Member member : node.children()) {
        w.name(member.name);
        edit(w, member.value, facts);
    }
    if (pointer == "/linux") {
        write_mappings(w, "uidMappings", facts.wishes.uid_mappings);
        write_mappings(w, "gidMappings", facts.wishes.gid_mappings);
    }
    if (pointer.empty() && !facts.image.annotations.empty()) {
        w.name("annotations").begin_object();
        for (const auto &[key, value] : facts.image.annotations) {
            w.name(key).string(value);
        }
        w.end_object();
    }
    w.end_object();
}

}  // namespace

Result<std::string> runtime_config(std::string_view image_config, FdRef root, const ContainerWishes &wishes)
{
    TRY_LET(image, container_facts(image_config, root, wishes));
    oci::DefaultConfigOptions options;
    options.cgroup_namespace = wishes.cgroup_namespace;
    options.tty_group = wishes.tty_group;
    const std::string text = oci::default_config(options);
    TRY_LET(defaults, json::Document::parse(text, "config.json"));
    Writer w(json::Layout::kIndented);
    edit(w, defaults.root(), Facts{image, wishes});
    return std::move(w).take() + "\n";
}

}  // namespace rt::layer
