// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes are: the reader ends, says the same twice, points into the text, and what it accepts it
// accepts everywhere.  `make fuzz` runs it under AddressSanitizer and UBSan.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oci/findings.h"
#include "oci/load.h"

namespace {

using namespace rt;

void hold(bool what)
{
    if (!what) {
        std::abort();
    }
}

void check_places(const oci::Findings &findings, std::string_view text)
{
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    for (const json::Position &at : oci::positions(findings.all(), text)) {
        hold(at.line >= 1 && at.line <= lines && at.column >= 1 && at.column <= text.size() + 1);
    }
    for (const oci::Finding &finding : findings.all()) {
        hold(!finding.message.empty() && !finding.why.clause.empty());
        hold(finding.message.find('\n') == std::string::npos);
        hold(finding.why.instead.find('\n') == std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    oci::Report report;
    const Result<oci::Config> config = oci::check_config(text, "config.json", report);
    const Result<oci::Config> loaded = oci::load_config(text, "config.json");
    hold(static_cast<bool>(loaded) == (config && !report.findings.refused()));
    if (config) {
        check_places(report.findings, text);
        check_places(report.unknown, text);
        hold(!report.unknown.refused());
    }
    if (!loaded) {
        hold(!loaded.error().text().empty() && loaded.error().blame() == Blame::kInput);
    }
    (void)oci::load_process(text, "process.json");
    (void)oci::load_resources(text, "resources.json");
    return 0;
}
