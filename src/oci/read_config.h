// SPDX-License-Identifier: Apache-2.0
//
// What the tables of config.cc are for: a JSON object becomes a struct, everything wrong is noted.
#pragma once

#include "base/json.h"
#include "oci/config.h"
#include "oci/fields.h"

namespace rt::oci {

void read_config(const Notes &notes, json::Node node, Config &out);
void read_process(const Notes &notes, json::Node node, Process &out);
void read_resources(const Notes &notes, json::Node node, Resources &out);

}  // namespace rt::oci
