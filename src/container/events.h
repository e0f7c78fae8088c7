// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "oci/container_id.h"

namespace rt::container {

/// What the container uses now: {"type":"stats",...} and a newline.  Of a container that has not stopped.
Result<std::string> stats(const std::string &root, const oci::ContainerId &id);

/// Writes that line to `out` every `interval`, and {"type":"oom",...} for each process that is killed for
/// memory, until the container ends.
Status events(const std::string &root, const oci::ContainerId &id, std::chrono::nanoseconds interval,
              FdRef out);

}  // namespace rt::container
