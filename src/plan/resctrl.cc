// SPDX-License-Identifier: Apache-2.0
#include "plan/resctrl.h"

#include "base/str.h"
#include "oci/rules.h"

namespace rt::plan {
namespace {

constexpr std::string_view kBlanks = " \t";

using Group = ResctrlPlan::Group;

/// The part before `separator`, which `rest` goes on behind.
std::string_view cut(std::string_view &rest, char separator)
{
    const std::string_view part = rest.substr(0, rest.find(separator));
    rest.remove_prefix(part.size() < rest.size() ? part.size() + 1 : part.size());
    return part;
}

/// "0x007F" -> "7f": masks are hexadecimal, bandwidths decimal, and equal digits are equal either way.
std::string digits_of(std::string_view value)
{
    value = trimmed(value, kBlanks);
    value.remove_prefix(value.starts_with("0x") || value.starts_with("0X") ? 2 : 0);
    while (value.size() > 1 && value.front() == '0') {
        value.remove_prefix(1);
    }
    std::string digits(value);
    for (char &c : digits) {
        c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return digits;
}

/// The value of `domain` in "0=7f;1=3"; "" when it is not there.
std::string value_of(std::string_view domains, std::string_view domain)
{
    while (!domains.empty()) {
        std::string_view value = cut(domains, ';');
        if (digits_of(cut(value, '=')) == digits_of(domain)) {
            return digits_of(value);
        }
    }
    return {};
}

/// All of `wanted` is in `domains`.
bool covers(std::string_view domains, std::string_view wanted)
{
    while (!wanted.empty()) {
        std::string_view value = cut(wanted, ';');
        const std::string_view domain = cut(value, '=');
        if (!trimmed(domain, kBlanks).empty() && value_of(domains, domain) != digits_of(value)) {
            return false;
        }
    }
    return true;
}

/// l3CacheSchema may be of many lines, which the spec advises against.
void add_lines(std::string_view text, std::vector<std::string> &lines)
{
    while (!text.empty()) {
        if (const std::string_view line = cut(text, '\n'); !trimmed(line, kBlanks).empty()) {
            lines.emplace_back(line);
        }
    }
}

}  // namespace

// spec: IntelRdtSchemata, IntelRdtNoSchema, IntelRdtDefaultClos, IntelRdtNoResctrl, IntelRdtUntouched
Result<std::optional<ResctrlPlan>> plan_resctrl(const oci::Linux &linux_, const std::string &id,
                                                const std::string &mount)
{
    if (!linux_.intel_rdt) {
        return std::optional<ResctrlPlan>();
    }
    const oci::IntelRdt &rdt = *linux_.intel_rdt;
    if (mount.empty()) {
        return Error::input_at("/linux/intelRdt", "needs a resctrl file system, and none is mounted")
            .hint("mount -t resctrl resctrl /sys/fs/resctrl, on a machine that has it");
    }
    if (!rdt.clos_id && !oci::is_resctrl_group(id)) {
        return Error::input_at("/linux/intelRdt",
                               str("the container's id \"", id, "\" is a name that resctrl uses itself"))
            .hint("set closID, or use another id");
    }
    ResctrlPlan plan;
    plan.mount = mount;
    plan.group = !rdt.clos_id ? id : *rdt.clos_id == "/" ? "" : *rdt.clos_id;
    add_lines(rdt.l3_cache_schema, plan.lines);
    add_lines(rdt.mem_bw_schema, plan.lines);
    for (const std::string &line : rdt.schemata) {
        add_lines(line, plan.lines);
    }
    plan.asked = !rdt.clos_id ? Group::kNew : plan.lines.empty() ? Group::kPresent : Group::kAny;
    plan.monitor = rdt.enable_monitoring ? id : "";
    return std::optional(std::move(plan));
}

// spec: IntelRdtClosCompare
bool holds(std::string_view schemata, std::string_view line)
{
    const std::string_view resource = trimmed(cut(line, ':'), kBlanks);
    while (!schemata.empty()) {
        std::string_view there = cut(schemata, '\n');
        if (trimmed(cut(there, ':'), kBlanks) == resource) {
            return covers(there, line);
        }
    }
    return false;
}

}  // namespace rt::plan
