// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "oci/config.h"
#include "oci/findings.h"

namespace rt::oci {

/// Every rule of the spec that `config` alone can break.  Knows nothing of the machine.
void validate(const Config &config, Findings &findings);

/// The rules of `process`; `at` is its pointer ("/process").
void validate_process(const Process &process, const std::string &at, Findings &findings);

/// That the ids of `process` are in the mappings of `linux_`, as far as it has any; `at` is its pointer.
void validate_user_ids(const Process &process, const Linux &linux_, const std::string &at,
                       Findings &findings);

/// The rules of `linux.resources`; `at` is its pointer ("/linux/resources").
void validate_resources(const Resources &resources, const std::string &at, Findings &findings);

}  // namespace rt::oci
