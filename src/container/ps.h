// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "oci/container_id.h"

namespace rt::container {

/// The processes of the container and of the cgroups below its own, as our pid namespace numbers them, in
/// ascending order.  None of one that has stopped.
Result<std::vector<pid_t>> processes(const std::string &root, const oci::ContainerId &id);

/// What ps(1) of the host prints when it is given `options`, the header and the lines of `pids` alone.
Result<std::string> table_of(const std::vector<pid_t> &pids, const std::vector<std::string> &options);

/// The lines of `table` whose column PID is one of `pids`, which are sorted, behind the header.  An error
/// when there is no such column.
Result<std::string> lines_of(const std::vector<pid_t> &pids, std::string_view table);

}  // namespace rt::container
