// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/str.h"
#include "oci/rules.h"

namespace rt::oci {
namespace {

constexpr std::string_view kSection = "/linux/intelRdt";

/// What resctrl has in its root beside groups.
constexpr auto kReserved = std::to_array<std::string_view>(
    {"info", "mon_groups", "mon_data", "schemata", "tasks", "cpus", "cpus_list", "mode", "size"});

// spec: IntelRdtSchemaForm
void check_line(const std::string &line, const std::string &at, Findings &findings)
{
    const Why why{.clause = "IntelRdtSchemaForm"};
    if (line.find('\n') != line.npos) {
        findings.error(at, str("must be one line, got ", json::quote(line)), why);
    } else if (line.find(':') == line.npos) {
        findings.error(at, str("must be a resource, ':' and its domains, got ", json::quote(line)), why);
    }
}

// spec: IntelRdtL3SchemaForm
void check_l3(const std::string &schema, Findings &findings)
{
    const bool fits = schema.starts_with("L3:") && schema.find('\n') == schema.npos;
    if (!schema.empty() && !fits) {
        findings.warning(str(kSection, "/l3CacheSchema"),
                         str("should be one line that starts with \"L3:\", got ", json::quote(schema)),
                         {.clause = "IntelRdtL3SchemaForm", .because = {}});
    }
}

}  // namespace

bool is_resctrl_group(std::string_view name)
{
    return is_one_component(name) && name.find('\n') == name.npos &&
           std::ranges::find(kReserved, name) == kReserved.end();
}

// spec: IntelRdtClosValid, IntelRdtSchemaForm
void check_intel_rdt(const IntelRdt &rdt, Findings &findings)
{
    if (rdt.clos_id && *rdt.clos_id != "/" && !is_resctrl_group(*rdt.clos_id)) {
        findings.error(str(kSection, "/closID"),
                       str("must be \"/\" or one name that resctrl does not use itself, got ",
                           json::quote(*rdt.clos_id)),
                       {.clause = "IntelRdtClosValid"});
    }
    check_l3(rdt.l3_cache_schema, findings);
    if (!rdt.mem_bw_schema.empty()) {
        const std::string at = str(kSection, "/memBwSchema");
        if (!rdt.mem_bw_schema.starts_with("MB:")) {
            findings.error(at, str("must start with \"MB:\", got ", json::quote(rdt.mem_bw_schema)),
                           {.clause = "IntelRdtSchemaForm"});
        } else {
            check_line(rdt.mem_bw_schema, at, findings);
        }
    }
    for (std::size_t i = 0; i < rdt.schemata.size(); ++i) {
        check_line(rdt.schemata[i], nth(str(kSection, "/schemata"), i), findings);
    }
}

}  // namespace rt::oci
