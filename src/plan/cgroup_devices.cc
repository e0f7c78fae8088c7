// SPDX-License-Identifier: Apache-2.0
//
// linux.resources.devices for the lists of cgroup v1, and what every container may use.
#include <algorithm>
#include <map>

#include "base/str.h"
#include "plan/cgroup.h"

namespace rt::plan {
namespace {

using oci::DeviceRule;
using oci::DeviceType;

constexpr const char *kPointer = "/linux/resources/devices";

struct DefaultDevice {
    DeviceType type;
    std::int64_t major, minor;  ///< -1: any
    const char *access;
};

// spec: DevicesDefaultRules
constexpr DefaultDevice kDefaults[] = {
    {DeviceType::kChar, -1, -1, "m"},  // mknod of anything: a node is no access
    {DeviceType::kBlock, -1, -1, "m"},   {DeviceType::kChar, 1, 3, "rwm"},  // null
    {DeviceType::kChar, 1, 5, "rwm"},                                       // zero
    {DeviceType::kChar, 1, 7, "rwm"},                                       // full
    {DeviceType::kChar, 1, 8, "rwm"},                                       // random
    {DeviceType::kChar, 1, 9, "rwm"},                                       // urandom
    {DeviceType::kChar, 5, 0, "rwm"},                                       // tty
    {DeviceType::kChar, 5, 1, "rwm"},                                       // console
    {DeviceType::kChar, 5, 2, "rwm"},                                       // ptmx
    {DeviceType::kChar, 136, -1, "rwm"},                                    // pts/*
    {DeviceType::kChar, 10, 200, "rwm"},                                    // net/tun, which peers allow too
};

std::optional<std::int64_t> number(std::int64_t value)
{
    return value < 0 ? std::nullopt : std::optional(value);
}

bool any(const std::optional<std::int64_t> &value) { return value.value_or(-1) < 0; }

bool everything(const DeviceRule &rule)
{
    return rule.type == DeviceType::kAll && any(rule.major) && any(rule.minor) && rule.access.size() == 3;
}

/// "c 1:3 rwm"
std::string text_of(const DeviceRule &rule)
{
    const auto part = [](const std::optional<std::int64_t> &n) { return any(n) ? "*" : str(*n); };
    const char type = rule.type == DeviceType::kBlock ? 'b' : rule.type == DeviceType::kChar ? 'c' : 'a';
    return str(type, ' ', part(rule.major), ':', part(rule.minor), ' ', rule.access);
}

bool meet(const std::optional<std::int64_t> &a, const std::optional<std::int64_t> &b)
{
    return any(a) || any(b) || *a == *b;
}

bool same(const std::optional<std::int64_t> &a, const std::optional<std::int64_t> &b)
{
    return any(a) ? any(b) : !any(b) && *a == *b;
}

/// The kernel's list: a default, and exceptions from it.  Only an exception itself can be taken out
/// again; what is written for a part of one, or for more than one, is ignored without a word.
class V1List {
public:
    /// Takes the rule in; false: the kernel would ignore (a part of) it.
    bool apply(const DeviceRule &rule)
    {
        if (everything(rule)) {
            allows_ = rule.allow;
            exceptions_.clear();
            return true;
        }
        if (rule.allow != allows_) {
            exceptions_.push_back(rule);
            return true;
        }
        bool whole = true;
        for (DeviceRule &old : exceptions_) {
            if (!overlap(rule, old)) {
                continue;
            }
            if (same(rule.major, old.major) && same(rule.minor, old.minor)) {
                std::erase_if(old.access, [&](char c) { return rule.access.find(c) != std::string::npos; });
            } else {
                whole = false;
            }
        }
        return whole;
    }

private:
    static bool overlap(const DeviceRule &a, const DeviceRule &b)
    {
        return a.type == b.type && meet(a.major, b.major) && meet(a.minor, b.minor) &&
               std::ranges::any_of(b.access, [&](char c) { return a.access.find(c) != std::string::npos; });
    }

    bool allows_ = false;
    std::vector<DeviceRule> exceptions_;
};

/// Of a list: which access to "c 1:3", of those three letters.
using Exceptions = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view kAccess = "rwm";

/// The letters of `a` that `b` lacks, in the kernel's order.
std::string without(std::string_view a, std::string_view b)
{
    std::string left;
    for (const char letter : kAccess) {
        if (a.find(letter) != a.npos && b.find(letter) == b.npos) {
            left += letter;
        }
    }
    return left;
}

std::string_view device_of(std::string_view rule) { return rule.substr(0, rule.rfind(' ')); }
std::string_view access_of(std::string_view rule) { return rule.substr(rule.rfind(' ') + 1); }

void add(Exceptions &exceptions, std::string_view rule)
{
    std::string &access = exceptions[std::string(device_of(rule))];
    access += without(access_of(rule), access);
}

void take_out(Exceptions &exceptions, std::string_view rule)
{
    const auto at = exceptions.find(device_of(rule));
    if (at != exceptions.end()) {
        at->second = without(at->second, access_of(rule));
    }
}

/// What a list has come to.
struct Sum {
    bool allows = false;  ///< what is no exception
    Exceptions exceptions;

    void apply(bool allow, std::string_view rule)
    {
        if (rule.starts_with("a ")) {
            allows = allow;
            exceptions.clear();
        } else if (allow != allows) {
            add(exceptions, rule);
        } else {
            take_out(exceptions, rule);
        }
    }
};

/// Of the text of devices.list; nothing for one that allows: it does not say what it denies.
std::optional<Sum> sum_of_list(std::string_view list)
{
    Sum sum;
    while (!list.empty()) {
        const std::string_view line = list.substr(0, list.find('\n'));
        list.remove_prefix(std::min(list.size(), line.size() + 1));
        if (line.starts_with("a ")) {
            return std::nullopt;
        }
        if (!line.empty()) {
            add(sum.exceptions, line);
        }
    }
    return sum;
}

constexpr const char *kAllowFile = "devices.allow", *kDenyFile = "devices.deny";

Sum sum_of_writes(const std::vector<CgroupWrite> &writes)
{
    Sum sum;
    for (const CgroupWrite &write : writes) {
        sum.apply(write.file == kAllowFile, write.value);
    }
    return sum;
}

constexpr std::string_view kAllowWord = "allow ", kDenyWord = "deny ";

Sum sum_of_words(const std::vector<std::string> &words)
{
    Sum sum;
    for (const std::string_view word : words) {
        sum.apply(word.starts_with(kAllowWord), word.substr(word.find(' ') + 1));
    }
    return sum;
}

/// A write for each line of `wanted` that `there` lacks some of.
void add_lacking(const Exceptions &wanted, const Exceptions &there, const char *file,
                 std::vector<CgroupWrite> &writes)
{
    for (const auto &[device, access] : wanted) {
        const auto at = there.find(device);
        const std::string lacking = without(access, at == there.end() ? "" : at->second);
        if (!lacking.empty()) {
            writes.push_back({.file = file, .value = str(device, ' ', lacking), .origin = {kPointer}});
        }
    }
}

/// A rule in the kernel's words, and which of config.json it comes from; -1: none.
struct Placed {
    DeviceRule rule;
    std::int32_t index = -1;
};

/// The rules without what says nothing, and the default devices behind them.  What no rule names is denied:
/// that comes first, where the first is not about everything.  The kernel reads nothing behind an "a": where
/// that is not about everything, it has to be said for both types.
std::vector<Placed> placed(const std::vector<DeviceRule> &rules)
{
    std::vector<Placed> all;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        DeviceRule rule = rules[i];
        const auto index = static_cast<std::int32_t>(i);
        if (rule.access.empty() && rule.type == DeviceType::kAll && any(rule.major) && any(rule.minor)) {
            rule.access = "rwm";
        }
        if (rule.access.empty()) {
            continue;
        }
        if (rule.type != DeviceType::kAll || everything(rule)) {
            all.push_back({rule, index});
            continue;
        }
        for (const DeviceType type : {DeviceType::kBlock, DeviceType::kChar}) {
            rule.type = type;
            all.push_back({rule, index});
        }
    }
    if (all.empty() || !everything(all.front().rule)) {
        all.insert(all.begin(), Placed{.rule = {.allow = false, .access = "rwm"}});
    }
    for (const DefaultDevice &device : kDefaults) {
        all.push_back({{true, device.type, number(device.major), number(device.minor), device.access}, -1});
    }
    return rules.empty() ? std::vector<Placed>() : all;
}

}  // namespace

std::vector<DeviceRule> with_default_devices(const std::vector<DeviceRule> &rules)
{
    std::vector<DeviceRule> all;
    for (Placed &one : placed(rules)) {
        all.push_back(std::move(one.rule));
    }
    return all;
}

// spec: DevicesApplyInOrder, LinuxResourcesDevices
Result<std::vector<CgroupWrite>> device_writes(const std::vector<DeviceRule> &rules)
{
    std::vector<CgroupWrite> writes;
    V1List list;
    for (const Placed &one : placed(rules)) {
        // A default that is allowed anyhow, but for an exception the user made: theirs stands.
        if (!list.apply(one.rule) && one.index >= 0) {
            return Error::input_at(str(kPointer, "/", one.index),
                                   str("cgroup v1 cannot take \"", text_of(one.rule),
                                       "\" out of the rules before it, which name other devices too"))
                .hint("put the rules in the order deny all, then allow");
        }
        writes.push_back({.file = one.rule.allow ? kAllowFile : kDenyFile,
                          .value = text_of(one.rule),
                          .origin = {kPointer, one.index}});
    }
    return writes;
}

std::vector<std::string> device_words(const std::vector<DeviceRule> &rules)
{
    std::vector<std::string> words;
    for (const DeviceRule &rule : rules) {
        words.push_back(str(rule.allow ? kAllowWord : kDenyWord, text_of(rule)));
    }
    return words;
}

std::vector<CgroupWrite> device_changes(std::string_view list,
                                        const std::optional<std::vector<std::string>> &words,
                                        std::vector<CgroupWrite> writes)
{
    std::optional<Sum> there = sum_of_list(list);
    const std::optional<Sum> known = words ? std::optional(sum_of_words(*words)) : std::nullopt;
    if (known && known->allows == !there) {
        there = known;  // what others changed beside them is theirs
    }
    const Sum wanted = sum_of_writes(writes);
    if (!there || there->allows != wanted.allows) {
        return writes;
    }
    std::vector<CgroupWrite> changes;
    if (wanted.allows) {
        add_lacking(there->exceptions, wanted.exceptions, kAllowFile, changes);
        add_lacking(wanted.exceptions, there->exceptions, kDenyFile, changes);
    } else {
        add_lacking(wanted.exceptions, there->exceptions, kAllowFile, changes);
        add_lacking(there->exceptions, wanted.exceptions, kDenyFile, changes);
    }
    return changes;
}

std::optional<std::vector<CgroupWrite>> device_changes_back(std::string_view before, std::string_view now)
{
    const std::optional<Sum> there = sum_of_list(now), wanted = sum_of_list(before);
    if (!wanted) {
        return std::nullopt;
    }
    std::vector<CgroupWrite> changes;
    if (!there) {
        changes.push_back({.file = kDenyFile, .value = "a *:* rwm"});
    }
    const Exceptions exceptions = there ? there->exceptions : Exceptions();
    add_lacking(wanted->exceptions, exceptions, kAllowFile, changes);
    add_lacking(exceptions, wanted->exceptions, kDenyFile, changes);
    return changes;
}

}  // namespace rt::plan
