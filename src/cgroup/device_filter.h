// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "oci/config.h"

namespace rt::cgroup {

/// `rules`, in order, as a loaded BPF_PROG_TYPE_CGROUP_DEVICE program, under the name by which our own are
/// known again ("oci_devices", as bpftool shows it).
Result<Fd> load_device_filter(const std::vector<oci::DeviceRule> &rules);

/// Makes `program` our device filter of the v2 directory `dir` (not O_PATH) at `path`.  Ours that is there
/// already is replaced in one step: at no moment is the cgroup without it, and at the end there is one of
/// ours. Those of others (systemd's, which it loads anew whenever it likes) stay beside it: all must say yes.
Status attach_device_filter(FdRef dir, const std::string &path, FdRef program);

}  // namespace rt::cgroup
