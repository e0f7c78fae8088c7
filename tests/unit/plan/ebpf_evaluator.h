// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <span>

/// Runs a device program on `request` as the kernel would and gives r0; nullopt when it does what the
/// verifier would not let pass: reading what was not written, jumping out, an unknown instruction.
std::optional<std::uint64_t> evaluate(std::span<const bpf_insn> program, const bpf_cgroup_dev_ctx &request);
