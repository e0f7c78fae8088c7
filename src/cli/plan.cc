// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "base/str.h"
#include "cli/create_options.h"
#include "container/bundle.h"
#include "kernel/calls_fs.h"
#include "oci/container_id.h"
#include "plan/explain.h"

namespace rt::cli {
namespace {

/// The machine of --host; null: the one we run on.
Result<const plan::Host *> host_of(const Arguments &arguments)
{
    if (!arguments.has("host")) {
        return nullptr;
    }
    const std::string name = arguments.value("host");
    if (const plan::Host *host = plan::described_host(name); host != nullptr) {
        return host;
    }
    std::string names;
    for (const std::string_view known : plan::described_hosts()) {
        names += str(names.empty() ? "" : ", ", known);
    }
    return Error::input(str("unknown host \"", name, "\"")).hint(str("one of ", names));
}

Result<bool> wants_json(const Arguments &arguments)
{
    const std::string format = arguments.value("format", "text");
    if (format != "text" && format != "json") {
        return Error::input(str("unknown format \"", format, "\"")).hint("text or json");
    }
    return format == "json";
}

Result<container::CreateOptions> options_of(const Globals &globals, const Arguments &arguments)
{
    container::CreateOptions options;
    options.cgroups = globals.cgroups;
    TRY_LET(names, names_of(arguments.positionals));
    options.bundle = names.bundle.empty() ? arguments.value("bundle", ".") : names.bundle;
    options.id = names.id;
    if (options.id.empty()) {
        TRY_LET(name, name_after(options.bundle));
        options.id = std::move(name);
    }
    TRY(oci::ContainerId::parse(options.id));
    TRY(read_plan_options(arguments, options));
    return options;
}

std::string warnings_text(const std::vector<std::string> &warnings)
{
    std::string out = warnings.empty() ? "" : "warnings:\n";
    for (const std::string &warning : warnings) {
        out += str("  ", warning, '\n');
    }
    return out;
}

}  // namespace

// spec: CliPlan, CliPlanPure
Result<int> plan(const Globals &globals, const Arguments &arguments)
{
    TRY_LET(json, wants_json(arguments));
    TRY_LET(host, host_of(arguments));
    TRY_LET(options, options_of(globals, arguments));
    options.rootless = globals.rootless;
    TRY_LET(bundle, container::look_at_bundle(options, !arguments.on("run"), host));
    const auto operations = plan::explain(bundle.plan, bundle.config, bundle.request, bundle.host);
    TRY(kernel::write_all(FdRef(STDOUT_FILENO),
                          json ? plan::print_json(operations, bundle.warnings)
                               : plan::print_text(operations) + warnings_text(bundle.warnings)));
    return 0;
}

}  // namespace rt::cli
