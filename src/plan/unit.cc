// SPDX-License-Identifier: Apache-2.0
#include "plan/unit.h"

#include <algorithm>
#include <optional>

#include "base/str.h"
#include "oci/annotations.h"
#include "plan/cgroup.h"

namespace rt::plan {
namespace {

/// A limit of so few tasks has no room for the process that a scope is made with.
constexpr std::uint64_t kFewTasks = 16;

/// What makes the unit the container's, and is not the annotations' to say.
constexpr std::string_view kOurs[] = {"ControlGroup", "Delegate", "PIDs", "PIDFDs", "Slice"};

// ---- devices ----------------------------------------------------------------------------------

bool any(const std::optional<std::int64_t> &number) { return number.value_or(-1) < 0; }

/// The node or the group of nodes that a rule is about, as DeviceAllow has it; "" where it has no word.
std::string device_word(const oci::DeviceRule &rule)
{
    const bool block = rule.type == oci::DeviceType::kBlock;
    const char *const group = block ? "block-" : "char-";
    if (any(rule.major)) {
        return any(rule.minor) ? str(group, '*') : "";
    }
    if (any(rule.minor)) {
        return str(group, *rule.major);
    }
    return str("/dev/", block ? "block/" : "char/", *rule.major, ':', *rule.minor);
}

struct Allowed {
    std::vector<dbus::Value> entries;
    bool everything = false;  ///< but for what was taken out again
    bool whole = true;        ///< the entries say it all
};

/// DeviceAllow only adds: what is taken out of the rules before it has no word there.
Allowed allowed(const std::vector<oci::DeviceRule> &rules)
{
    Allowed list;
    for (const oci::DeviceRule &rule : rules) {
        if (rule.type == oci::DeviceType::kAll) {
            list = {.everything = rule.allow};
            continue;
        }
        std::string word = rule.allow ? device_word(rule) : "";
        if (word.empty()) {
            list.whole = list.whole && rule.allow && list.everything;
            continue;
        }
        list.entries.push_back(dbus::structure({dbus::text(std::move(word)), dbus::text(rule.access)}));
    }
    return list;
}

// ---- annotations ------------------------------------------------------------------------------

Error bad(const std::string &annotation, std::string why)
{
    return Error::input_at(str("/annotations/", annotation), std::move(why));
}

/// "TimeoutStopSec" in seconds is "TimeoutStopUSec" in microseconds.
Result<Property> in_microseconds(const std::string &annotation, std::string name, const dbus::Value &value)
{
    constexpr std::uint64_t kSecond = 1'000'000;
    const bool number =
        value.type.size() == 1 && std::string_view("ynqiuxt").find(value.type) != std::string::npos;
    const bool negative =
        value.type.find_first_of("nix") != std::string::npos && static_cast<std::int64_t>(value.number) < 0;
    if (!number || negative || value.number > UINT64_MAX / kSecond) {
        return bad(annotation, str("has to be a number of seconds, got ", dbus::print(value)));
    }
    name.replace(name.size() - 3, 3, "USec");
    return Property{std::move(name), dbus::uint64(value.number * kSecond)};
}

Result<Property> annotated(const std::string &annotation, const std::string &text)
{
    std::string name = annotation.substr(oci::kUnitProperty.size());
    const bool word = !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    });
    if (!word) {
        return bad(annotation, "does not name a property of systemd");
    }
    if (std::ranges::find(kOurs, name) != std::end(kOurs)) {
        return bad(annotation, str("the property ", name, " is the runtime's to set"));
    }
    auto value = dbus::parse(text);
    if (!value) {
        return bad(annotation, str("is no value as GVariant writes it: ", value.error().text()))
            .hint("'text', uint64 10, true, ['a', 'b']");
    }
    if (name.size() > 3 && name.ends_with("Sec") && !name.ends_with("USec")) {
        return in_microseconds(annotation, std::move(name), *value);
    }
    return Property{std::move(name), std::move(value).take()};
}

/// Properties that count what is used, also where nothing is limited.
void add_accounting(const CgroupHost &host, std::vector<Property> &properties)
{
    for (const char *name : {"CPUAccounting", "MemoryAccounting", "TasksAccounting",
                             host.unified() ? "IOAccounting" : "BlockIOAccounting"}) {
        properties.push_back({name, dbus::boolean(true)});
    }
}

bool takes_too_much_room(const Property &property)
{
    return property.name == "TasksMax" && property.value.number < kFewTasks;
}

}  // namespace

// spec: SystemdDevices
std::vector<Property> unit_devices(const std::vector<oci::DeviceRule> &rules, bool v2)
{
    if (rules.empty()) {
        return {};
    }
    Allowed list = allowed(rules);
    const bool strict = list.whole ? !list.everything : !v2;
    // An empty list first: it takes back what was there before.
    std::vector<Property> out{{"DevicePolicy", dbus::text(strict ? "strict" : "auto")},
                              {"DeviceAllow", dbus::array("(ss)", {})}};
    if (strict) {
        out.push_back({"DeviceAllow", dbus::array("(ss)", std::move(list.entries))});
    }
    return out;
}

// spec: SystemdAnnotations
Result<std::vector<Property>> unit_annotations(const std::map<std::string, std::string> &annotations)
{
    std::vector<Property> properties;
    for (auto it = annotations.lower_bound(std::string(oci::kUnitProperty)); it != annotations.end(); ++it) {
        if (!it->first.starts_with(oci::kUnitProperty)) {
            break;
        }
        TRY_LET(property, annotated(it->first, it->second));
        properties.push_back(std::move(property));
    }
    return properties;
}

// spec: SystemdUnit, SystemdDelegates
Result<UnitPlan> plan_unit(const UnitName &name, const oci::Config &config, std::string_view id,
                           const CgroupPlan &plan, const CgroupHost &host, const Systemd &systemd)
{
    UnitPlan unit{.name = name.unit, .user = systemd.user};
    TRY_LET(annotations, unit_annotations(config.annotations));
    std::vector<Property> &all = unit.properties;
    all.push_back({"Description", dbus::text(str("container ", id))});
    all.push_back({"DefaultDependencies", dbus::boolean(false)});
    all.push_back({"CollectMode", dbus::text("inactive-or-failed")});
    if (unit.is_scope()) {
        all.push_back({"Slice", dbus::text(name.slice.empty() ? "-.slice" : name.slice)});
        all.push_back({"Delegate", dbus::boolean(true)});
    }
    add_accounting(host, all);
    const bool v2 = host.unified() || plan.device_program;
    std::ranges::move(unit_devices(plan.device_rules, v2), std::back_inserter(all));
    for (Property &property : unit_limits(plan, host, systemd)) {
        (unit.is_scope() && takes_too_much_room(property) ? unit.late : all).push_back(std::move(property));
    }
    std::ranges::move(annotations, std::back_inserter(all));
    return unit;
}

}  // namespace rt::plan
