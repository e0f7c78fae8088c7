// SPDX-License-Identifier: Apache-2.0
#include "container/ps.h"

#include "base/json.h"
#include "base/str.h"
#include "cli/command.h"
#include "kernel/calls_fs.h"

namespace rt::cli {
namespace {

// spec: CliPs
std::string as_json(const std::vector<pid_t> &pids)
{
    json::Writer out(json::Layout::kCompact);
    out.begin_array();
    for (const pid_t pid : pids) {
        out.number(pid);
    }
    out.end_array();
    return std::move(out).take() + "\n";
}

}  // namespace

Result<int> ps(const Globals &globals, const Arguments &arguments)
{
    const std::string format = arguments.value("format", "table");
    if (format != "table" && format != "json") {
        return Error::input(str("unknown format \"", format, "\"")).hint("table or json");
    }
    TRY_LET(id, oci::ContainerId::parse(arguments.positionals[0]));
    TRY_LET(pids, container::processes(globals.root, id));
    if (format == "json") {
        TRY(kernel::write_all(FdRef(1), as_json(pids)));
        return 0;
    }
    std::vector<std::string> options(arguments.positionals.begin() + 1, arguments.positionals.end());
    if (options.empty()) {
        options.emplace_back("-ef");
    }
    TRY_LET(table, container::table_of(pids, options));
    TRY(kernel::write_all(FdRef(1), table));
    return 0;
}

}  // namespace rt::cli
