// SPDX-License-Identifier: Apache-2.0
#include "oci/rules.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/str.h"
#include "oci/names.h"

namespace rt::oci {
namespace {

// spec: PosixHooksPathAbs, PosixHooksTimeoutPositive
void check_hook(const Hook &hook, const std::string &at, Findings &findings)
{
    want_absolute(hook.path, at + "/path", "PosixHooksPathAbs", findings);
    if (hook.env) {
        want_env(*hook.env, at + "/env", "PosixHooksEnv", findings);
    }
    if (hook.timeout.value_or(1) <= 0) {
        findings.error(at + "/timeout", str("must be above 0, got ", *hook.timeout),
                       {.clause = "PosixHooksTimeoutPositive", .instead = "seconds, or remove it"});
    }
}

}  // namespace

void check_hooks(const Hooks &hooks, Findings &findings)
{
    struct Row {
        std::string_view name;
        const std::vector<Hook> &list;
    };
    const std::array<Row, 6> rows = {{
        {"prestart", hooks.prestart},
        {"createRuntime", hooks.create_runtime},
        {"createContainer", hooks.create_container},
        {"startContainer", hooks.start_container},
        {"poststart", hooks.poststart},
        {"poststop", hooks.poststop},
    }};
    for (const Row &row : rows) {
        for (std::size_t i = 0; i < row.list.size(); ++i) {
            check_hook(row.list[i], nth(str("/hooks/", row.name), i), findings);
        }
    }
}

const Namespace *find_namespace(const Config &config, NamespaceType type)
{
    const auto it = std::ranges::find(config.linux_.namespaces, type, &Namespace::type);
    return it == config.linux_.namespaces.end() ? nullptr : &*it;
}

Why needs_namespace(std::string_view clause, NamespaceType type)
{
    return {.clause = clause,
            .instead = str(R"(add {"type": ")", word_of(type), R"("} to )", kNamespaces),
            .because = kNamespaces};
}

void want_absolute(std::string_view path, std::string at, std::string_view clause, Findings &findings)
{
    if (!path.starts_with('/')) {
        findings.error(
            std::move(at), str("must be an absolute path, got ", json::quote(path)),
            {.clause = clause, .instead = path.empty() ? "a path from /" : json::quote(str('/', path))});
    }
}

void want_env(std::span<const std::string> env, const std::string &at, std::string_view clause,
              Findings &findings)
{
    for (std::size_t i = 0; i < env.size(); ++i) {
        if (env[i].find('=') == std::string::npos || env[i].starts_with('=')) {
            findings.error(nth(at, i), str("must be NAME=VALUE, got ", json::quote(env[i])),
                           {.clause = clause,
                            .instead = env[i].empty() || env[i].starts_with('=')
                                           ? "remove it"
                                           : json::quote(env[i] + "=")});
        }
    }
}

bool is_one_component(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos;
}

std::string nth(std::string_view at, std::size_t index) { return str(at, '/', index); }
std::string at_key(std::string_view at, std::string_view key)
{
    return str(at, '/', json::escape_pointer(key));
}

}  // namespace rt::oci
