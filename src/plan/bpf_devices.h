// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/bpf.h>

#include <span>
#include <vector>

#include "oci/config.h"

namespace rt::plan {

/// The rules as a program of type BPF_PROG_TYPE_CGROUP_DEVICE, which returns 1 for a request that is
/// allowed and 0 for one that is not.  Never fails; never empty.
///
/// cgroup v1 takes rules one after the other (devices.allow, devices.deny), so a later one overrides an
/// earlier one; the program asks the last rule first.  As there:
/// - each of r, w, m that a request asks for is decided by the last rule that matches the device and
///   has that letter, and all of them have to be allowed;
/// - a rule of type `a` is about all devices and all access, whatever else it says: what comes before
///   it no longer counts;
/// - a major or minor that is absent or -1 is any.
/// Not as there: a rule with wildcards also overrides earlier rules for single devices, where v1 only
/// takes back what it was given word for word.  A request no rule speaks about is refused.  The caller
/// adds the devices every container has.
std::vector<bpf_insn> compile_device_filter(std::span<const oci::DeviceRule> rules);

}  // namespace rt::plan
