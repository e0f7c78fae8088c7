// SPDX-License-Identifier: Apache-2.0
#include "oci/load.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "oci/read_config.h"
#include "oci/validate.h"

namespace rt::oci {
namespace {

/// Reads and checks a lone T whose rules `check` knows.
template <class T>
Result<T> load(std::string_view text, std::string_view file_name,
               void (*parse)(const Notes &, json::Node, T &),
               void (*check)(const T &, const std::string &at, Findings &))
{
    TRY_LET(document, json::Document::parse(text, file_name));
    Findings findings;
    T out;
    parse(Notes{findings, nullptr, ""}, document.root(), out);
    Findings rules;
    check(out, "", rules);
    findings.merge(std::move(rules));
    if (findings.refused()) {
        return findings.refusal(text, file_name);
    }
    return out;
}

Result<Config> check(std::string_view text, std::string_view file_name, Findings &findings, Findings *unknown)
{
    TRY_LET(document, json::Document::parse(text, file_name));
    Config config;
    read_config(Notes{findings, unknown, ""}, document.root(), config);
    Findings rules;
    validate(config, rules);
    findings.merge(std::move(rules));
    if (config.linux_.resources) {
        forget_what_was_no_limit(config.oci_version, *config.linux_.resources);
    }
    return config;
}

}  // namespace

// spec: PidsZeroBefore13
void forget_what_was_no_limit(std::string_view oci_version, Resources &resources)
{
    constexpr std::string_view kBefore13[] = {"1.0.", "1.1.", "1.2."};
    const bool old = std::ranges::any_of(
        kBefore13, [&](std::string_view start) { return oci_version.starts_with(start); });
    if (old && resources.pids && resources.pids->limit == 0) {
        resources.pids.reset();
    }
}

Result<Config> check_config(std::string_view text, std::string_view file_name, Report &report)
{
    return check(text, file_name, report.findings, &report.unknown);
}

// spec: WarnsLeaveFlowUnchange
Result<Config> load_config(std::string_view text, std::string_view file_name, std::vector<Finding> *warnings)
{
    Findings findings;
    TRY_LET(config, check(text, file_name, findings, nullptr));
    if (findings.refused()) {
        return findings.refusal(text, file_name);
    }
    if (warnings != nullptr) {
        *warnings = findings.warnings();
    }
    return config;
}

Result<Process> load_process(std::string_view text, std::string_view file_name)
{
    return load<Process>(text, file_name, read_process, validate_process);
}

Result<Resources> load_resources(std::string_view text, std::string_view file_name)
{
    return load<Resources>(text, file_name, read_resources, validate_resources);
}

}  // namespace rt::oci
