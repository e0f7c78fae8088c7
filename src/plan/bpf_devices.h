// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/bpf.h>

#include <span>
#include <vector>

#include "oci/config.h"

namespace rt::plan {

/// The rules as a program of type BPF_PROG_TYPE_CGROUP_DEVICE: returns 1 where the request is allowed,
/// 0 where it is not, and where no rule speaks.  The caller adds the devices every container has.
std::vector<bpf_insn> compile_device_filter(std::span<const oci::DeviceRule> rules);

}  // namespace rt::plan
