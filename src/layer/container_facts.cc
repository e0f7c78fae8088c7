// SPDX-License-Identifier: Apache-2.0
#include "layer/container_facts.h"

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "base/str.h"

namespace rt::layer {
namespace {

using json::Node;
using Texts = std::vector<std::string>;

constexpr std::string_view kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
Result<Texts> arguments(std::optional<Node> config, const ContainerWishes &wishes)
{
    TRY_LET(args, texts(config, "Entrypoint"));
    TRY_LET(command, texts(config, "Cmd"));
    if (wishes.entrypoint) {
        args = *wishes.entrypoint;
    }
    const Texts &behind = wishes.entrypoint || !wishes.command.empty() ? wishes.command : command;
    args.insert(args.end(), behind.begin(), behind.end());
    if (args.empty()) {
        return Error::input("the image names no program").hint("give a COMMAND, as the last argument");
    }
    return args;
}

// spec: ImageConvPorts
std::string exposed_ports(std::optional<Node> config)
{
    std::string out;
    if (const auto exposed = config ? config->member("ExposedPorts") : std::nullopt) {
        for (const json::Member port : exposed->children()) {
            out += str(out.empty() ? "" : ",", port.name);
        }
    }
    return out;
}

// spec: ImageConvLabelsWin, ImageConvAnnotationsKept, ImageConvNoOtherAnnotations
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
    if (std::string ports = exposed_ports(config); !ports.empty()) {
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

Result<std::string> wished_or(const std::optional<std::string> &wished, std::optional<Node> config,
                              std::string_view name)
{
    return wished ? *wished : text_or_nothing(config ? config->member(name) : std::nullopt);
}

// spec: ImageConvFromConfig, ImageConvVerbatim, ImageConvEnvKept, ImageConvOverrides, ImageRunsAsConfigured
Result<ContainerFacts> facts_of(Node root, FdRef root_fs, const ContainerWishes &wishes)
{
    const auto config = root.member("config");
    TRY_LET(args, arguments(config, wishes));
    TRY_LET(env, texts(config, "Env"));
    TRY(check_variables(env));
    TRY_LET(cwd, wished_or(wishes.cwd, config, "WorkingDir"));
    TRY_LET(user_text, wished_or(wishes.user, config, "User"));
    TRY_LET(user, resolve_user(user_text, root_fs));
    TRY_LET(labels, annotations(root, config));
    if (!cwd.empty() && !cwd.starts_with('/')) {
        return Error::input(str("the image's working directory ", json::quote(cwd), " is not absolute"));
    }
    return ContainerFacts{std::move(args), environment(std::move(env), wishes.env),
                          cwd.empty() ? "/" : std::move(cwd), std::move(user), std::move(labels)};
}

}  // namespace

bool gives_orders(std::string_view name)
{
    return std::ranges::any_of(kOrders, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

Result<ContainerFacts> container_facts(std::string_view image_config, FdRef root,
                                       const ContainerWishes &wishes)
{
    TRY_LET(image, json::Document::parse(image_config, "config"));
    auto facts = facts_of(image.root(), root, wishes);
    if (!facts) {
        const std::string pointer = facts.error().pointer();
        return pointer.empty() ? std::move(facts).error()
                               : std::move(facts).error().context(str("the image's config: ", pointer));
    }
    return facts;
}

}  // namespace rt::layer
