// SPDX-License-Identifier: Apache-2.0
//
// From the text of config.json to a Config that holds every rule which can be checked without
// looking at the machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "oci/config.h"
#include "oci/findings.h"

namespace rt::oci {

/// The spec version we report, and the newest whose properties we know.
inline constexpr std::string_view kVersionMin = "1.0.0";
inline constexpr std::string_view kVersionMax = "1.3.0";

/// What reading a text brought up besides the value.
struct Report {
    Findings findings;
    Findings unknown;  ///< warnings for properties the spec does not know, and what may be meant
};

/// Parses and validates `text`.  Fails only when it is not JSON; everything else is a finding, and
/// the Config is to be used only when the report does not refuse it.
Result<Config> check_config(std::string_view text, std::string_view file_name, Report &report);

/// Parses and validates `text`; an Error holds a line for each finding.  `file_name` is what the
/// lines begin with.  `warnings`, when not null, receives what is odd but allowed.
Result<Config> load_config(std::string_view text, std::string_view file_name,
                           std::vector<Finding> *warnings = nullptr);

/// The same for a lone `process` object (`exec --process`): pointers begin at its own top.
Result<Process> load_process(std::string_view text, std::string_view file_name);

/// The same for a lone `linux.resources` object (`update --resources`).
Result<Resources> load_resources(std::string_view text, std::string_view file_name);

/// What a pids limit of 0 is was not said before 1.3: everybody took it for none, and engines of the time
/// write it.
void forget_what_was_no_limit(std::string_view oci_version, Resources &resources);

}  // namespace rt::oci
