// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <optional>
#include <span>

/// What the kernel's checker (bpf_check_classic, seccomp_check_filter) asks of a program: known
/// instructions, jumps that stay inside, a return at the end.
bool is_loadable(std::span<const sock_filter> program);

/// Runs `program` on `data` as the kernel would; nullopt when it does what no loaded program can.
std::optional<std::uint32_t> evaluate(std::span<const sock_filter> program, const seccomp_data &data);
