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

/// What hooks outside of the container share.
struct HookPlace {
    std::string state;  ///< on stdin: JSON
    Fd bundle;          ///< the working directory; not open: ours
    Fd output, errors;  ///< the files of the annotations run.oci.hooks.*, or not open
};

/// Runs a hook of the runtime's namespaces, in a process group of its own that does not outlive the hook's
/// timeout.  `what` is "prestart[0]".
/// Fails with `hook prestart[0] "/bin/x": exited with 1: <its last line>`; what went to a file is not
/// repeated.
Status run_hook(const oci::Hook &hook, std::string_view what, const HookPlace &place);

/// All of `hooks` in order up to the first that fails.
Status run_hooks(const std::vector<oci::Hook> &hooks, std::string_view point, const oci::State &state);

/// All of `hooks`; failures are warnings.
void run_all_hooks(const std::vector<oci::Hook> &hooks, std::string_view point, const oci::State &state);

}  // namespace rt::container
