// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/bpf.h>

#include <span>

#include "base/fd.h"
#include "base/result.h"

namespace rt::cgroup {

/// bpf(BPF_PROG_LOAD) of a BPF_PROG_TYPE_CGROUP_DEVICE program.
Result<Fd> load_device_filter(std::span<const bpf_insn> program);

/// Makes `program` the device filter of the v2 directory `dir` (not O_PATH).  One that is there
/// already is replaced in one step: at no moment is the cgroup without a filter.
Status attach_device_filter(FdRef dir, FdRef program);

}  // namespace rt::cgroup
