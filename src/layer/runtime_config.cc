// SPDX-License-Identifier: Apache-2.0
#include "layer/runtime_config.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/json.h"
#include "base/str.h"
#include "layer/image_user.h"
#include "oci/default_config.h"

namespace rt::layer {
namespace {

using json::Node;
using json::Writer;
using Texts = std::vector<std::string>;

constexpr std::string_view kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// What programs in images expect to be allowed, and all engines grant.
constexpr std::string_view kCapabilities[] = {
    "CAP_AUDIT_WRITE", "CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
    "CAP_KILL",        "CAP_MKNOD",   "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",   "CAP_SETFCAP",
    "CAP_SETGID",      "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
constexpr std::string_view kCapabilitySets[] = {"bounding", "effective", "permitted"};

// Annotations that runtimes and engines take orders from: an image gives none (CVE-2026-53488).
constexpr std::string_view kOrders[] = {"run.oci.",   "org.criu.",      "org.systemd.property.",
                                        "io.podman.", "io.kubernetes.", "io.containerd."};

struct FromConfig {
    std::string_view annotation, property;
    bool of_config;  ///< of "config", not of the top
};
// spec: ImageConvAnnotations
constexpr FromConfig kAnnotations[] = {
    {"org.opencontainers.image.os", "os", false},
    {"org.opencontainers.image.architecture", "architecture", false},
    {"org.opencontainers.image.variant", "variant", false},
    {"org.opencontainers.image.os.version", "os.version", false},
    {"org.opencontainers.image.os.features", "os.features", false},
    {"org.opencontainers.image.author", "author", false},
    {"org.opencontainers.image.created", "created", false},
    {"org.opencontainers.image.stopSignal", "StopSignal", true},
};

Result<std::string> text_or_nothing(std::optional<Node> node)
{
    if (!node) {
        return std::string();
    }
    const auto text = node->string();
    return text ? Result<std::string>(std::string(*text)) : node->wrong("must be a string");
}

/// A text, or what is in an array of texts with commas between.
Result<std::string> texts_with_commas(std::optional<Node> node)
{
    if (!node || !node->is_array()) {
        return text_or_nothing(node);
    }
    std::string out;
    for (const json::Member element : node->children()) {
        TRY_LET(text, text_or_nothing(element.value));
        out += str(out.empty() ? "" : ",", text);
    }
    return out;
}

Result<Texts> texts(std::optional<Node> config, std::string_view name)
{
    Texts out;
    const auto list = config ? config->member(name) : std::nullopt;
    if (list && !list->is_array()) {
        return list->wrong("must be an array");
    }
    if (list) {
        for (const json::Member element : list->children()) {
            TRY_LET(text, text_or_nothing(element.value));
            out.push_back(std::move(text));
        }
    }
    return out;
}

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

/// All that the image says, and what is wished.
struct Facts {
    Texts args, env;
    std::string cwd;
    ImageUser user;
    std::map<std::string, std::string> annotations;
    const ContainerWishes &wishes;
};

std::string_view name_of(std::string_view variable) { return variable.substr(0, variable.find('=')); }

/// The image's variables with ours in place of those of the same names, and a PATH.
Texts environment(Texts image, const Texts &ours)
{
    for (const std::string &variable : ours) {
        std::erase_if(image, [&](const std::string &old) { return name_of(old) == name_of(variable); });
        image.push_back(variable);
    }
    if (std::ranges::none_of(image, [](const std::string &one) { return name_of(one) == "PATH"; })) {
        image.emplace_back(kPath);
    }
    return image;
}

Status check_variables(const Texts &image)
{
    for (const std::string &variable : image) {
        if (const std::size_t equals = variable.find('='); equals == std::string::npos || equals == 0) {
            return Error::input(str("the image's variable ", json::quote(variable), " is not NAME=VALUE"));
        }
    }
    return {};
}

// spec: ImageConvArgs, ImageCmdIsProgram
Result<Texts> arguments(std::optional<Node> config, const Texts &command)
{
    TRY_LET(args, texts(config, "Entrypoint"));
    TRY_LET(rest, texts(config, "Cmd"));
    const Texts &behind = command.empty() ? rest : command;
    args.insert(args.end(), behind.begin(), behind.end());
    if (args.empty()) {
        return Error::input("the image names no program").hint("name one");
    }
    return args;
}

// spec: ImageConvLabelsWin, ImageConvPorts, ImageConvAnnotationsKept, ImageConvNoOtherAnnotations
// spec: ImageLabels
Result<std::map<std::string, std::string>> annotations(Node root, std::optional<Node> config)
{
    std::map<std::string, std::string> out;
    for (const FromConfig &row : kAnnotations) {
        const auto from = row.of_config ? config : std::optional<Node>(root);
        TRY_LET(text, texts_with_commas(from ? from->member(row.property) : std::nullopt));
        if (!text.empty()) {
            out[std::string(row.annotation)] = std::move(text);
        }
    }
    std::string ports;
    if (const auto exposed = config ? config->member("ExposedPorts") : std::nullopt) {
        for (const json::Member port : exposed->children()) {
            ports += str(ports.empty() ? "" : ",", port.name);
        }
    }
    if (!ports.empty()) {
        out["org.opencontainers.image.exposedPorts"] = std::move(ports);
    }
    // Labels win.
    if (const auto labels = config ? config->member("Labels") : std::nullopt) {
        for (const json::Member label : labels->children()) {
            TRY_LET(text, text_or_nothing(label.value));
            if (!label.name.empty() && !gives_orders(label.name)) {
                out[std::string(label.name)] = std::move(text);
            }
        }
    }
    return out;
}

// spec: ImageConvFromConfig, ImageConvVerbatim, ImageConvEnvKept, ImageConvOverrides, ImageRunsAsConfigured
Result<Facts> facts_of(Node root, FdRef root_fs, const ContainerWishes &wishes)
{
    const auto config = root.member("config");
    TRY_LET(args, arguments(config, wishes.command));
    TRY_LET(env, texts(config, "Env"));
    TRY(check_variables(env));
    TRY_LET(cwd, text_or_nothing(config ? config->member("WorkingDir") : std::nullopt));
    TRY_LET(user_text, text_or_nothing(config ? config->member("User") : std::nullopt));
    TRY_LET(user, resolve_user(user_text, root_fs));
    TRY_LET(labels, annotations(root, config));
    if (!cwd.empty() && !cwd.starts_with('/')) {
        return Error::input(str("the image's working directory ", json::quote(cwd), " is not absolute"));
    }
    return Facts{std::move(args),
                 environment(std::move(env), wishes.env),
                 cwd.empty() ? "/" : std::move(cwd),
                 std::move(user),
                 std::move(labels),
                 wishes};
}

void write_user(Writer &w, const Facts &facts)
{
    w.begin_object().name("uid").number(facts.user.uid).name("gid").number(facts.user.gid);
    if (!facts.user.additional_gids.empty()) {
        w.name("additionalGids").begin_array();
        for (const std::uint32_t gid : facts.user.additional_gids) {
            w.number(gid);
        }
        w.end_array();
    }
    w.end_object();
}

void write_capabilities(Writer &w, const Facts & /*facts*/)
{
    w.begin_object();
    for (const std::string_view set : kCapabilitySets) {
        w.name(set).begin_array();
        for (const std::string_view capability : kCapabilities) {
            w.string(capability);
        }
        w.end_array();
    }
    w.end_object();
}

/// What takes the place of a property of the default configuration.
struct Replacement {
    std::string_view pointer;
    void (*write)(Writer &w, const Facts &facts);
};
constexpr Replacement kReplacements[] = {
    {"/process/terminal", [](Writer &w, const Facts &f) { w.boolean(f.wishes.terminal); }},
    {"/process/user", write_user},
    {"/process/args", [](Writer &w, const Facts &f) { write_texts(w, f.args); }},
    {"/process/env", [](Writer &w, const Facts &f) { write_texts(w, f.env); }},
    {"/process/cwd", [](Writer &w, const Facts &f) { w.string(f.cwd); }},
    {"/process/capabilities", write_capabilities},
    {"/root/readonly", [](Writer &w, const Facts &f) { w.boolean(f.wishes.read_only); }},
};

void write_namespaces(Writer &w, Node defaults, const ContainerWishes &wishes)
{
    w.begin_array();
    for (const json::Member element : defaults.children()) {
        if (!(wishes.host_network && element.value.member("type")->string() == "network")) {
            copy(w, element.value);
        }
    }
    if (!wishes.uid_mappings.empty()) {
        w.begin_object().name("type").string("user").end_object();
    }
    w.end_array();
}

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

/// `node`, with what is replaced below it replaced; and with the namespaces that are wished.
void edit(Writer &w, Node node, const Facts &facts)
{
    const std::string pointer = node.pointer();
    const auto *replaced = std::ranges::find(kReplacements, pointer, &Replacement::pointer);
    if (replaced != std::end(kReplacements)) {
        replaced->write(w, facts);
    } else if (pointer == "/linux/namespaces") {
        write_namespaces(w, node, facts.wishes);
    } else if (node.is_object()) {
        w.begin_object();
        for (const json::Member member : node.children()) {
            w.name(member.name);
            edit(w, member.value, facts);
        }
        if (pointer == "/linux") {
            write_mappings(w, "uidMappings", facts.wishes.uid_mappings);
            write_mappings(w, "gidMappings", facts.wishes.gid_mappings);
        }
        if (pointer.empty() && !facts.annotations.empty()) {
            w.name("annotations").begin_object();
            for (const auto &[key, value] : facts.annotations) {
                w.name(key).string(value);
            }
            w.end_object();
        }
        w.end_object();
    } else {
        copy(w, node);
    }
}

}  // namespace

bool gives_orders(std::string_view name)
{
    return std::ranges::any_of(kOrders, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

Result<std::string> runtime_config(std::string_view image_config, FdRef root, const ContainerWishes &wishes)
{
    TRY_LET(image, json::Document::parse(image_config, "config"));
    auto facts = facts_of(image.root(), root, wishes);
    if (!facts) {
        const std::string pointer = facts.error().pointer();
        return pointer.empty() ? std::move(facts).error()
                               : std::move(facts).error().context(str("the image's config: ", pointer));
    }
    oci::DefaultConfigOptions options;
    options.cgroup_namespace = wishes.cgroup_namespace;
    options.tty_group = wishes.tty_group;
    const std::string text = oci::default_config(options);
    TRY_LET(defaults, json::Document::parse(text, "config.json"));
    Writer w(json::Layout::kIndented);
    edit(w, defaults.root(), *facts);
    return std::move(w).take() + "\n";
}

}  // namespace rt::layer
