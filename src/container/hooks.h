// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"
#include "oci/state.h"

namespace rt::container {

/// Runs a hook of the runtime's namespaces: `state` on stdin, the bundle as working directory, a process
/// group of its own that does not outlive the hook's timeout.  `what` is "prestart[0]".
/// Fails with `hook prestart[0] "/bin/x": exited with 1: <its last line>`.
Status run_hook(const oci::Hook &hook, std::string_view what, std::string_view state, FdRef bundle);

/// All of `hooks` in order up to the first that fails.
Status run_hooks(const std::vector<oci::Hook> &hooks, std::string_view point, const oci::State &state);

/// All of `hooks`; failures are warnings.
void run_all_hooks(const std::vector<oci::Hook> &hooks, std::string_view point, const oci::State &state);

}  // namespace rt::container
