// SPDX-License-Identifier: Apache-2.0
//
// Findings for who debugs a config.json (`validate`).
#pragma once

#include <string>
#include <string_view>

#include "oci/findings.h"

namespace rt::oci {

/// In the order of the text, each with its line, a caret, what to write instead and the clause; the totals
/// last, with a newline.  `text` is the config.json, `file` what it is called.
std::string print_text(const Findings &findings, std::string_view text, std::string_view file);

/// {"file", "verdict", "errors", "warnings", "findings": [...]}, with a newline; docs/validate.md says what
/// is in it.
std::string print_json(const Findings &findings, std::string_view text, std::string_view file);

/// The same for a text that is no config.json at all; `why` is on one line.
std::string print_unreadable(std::string_view why, std::string_view file);

}  // namespace rt::oci
