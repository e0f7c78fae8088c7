// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>

namespace rt::plan {

/// A system call of the native ABI, with those of its arguments that are not addresses.
struct NativeCall {
    long number = 0;
    std::uint64_t a = 0, b = 0, c = 0;
};

/// Does `program`, one of compile_seccomp()'s, let every one of `calls` through?
bool lets_through(std::span<const sock_filter> program, std::span<const NativeCall> calls);

}  // namespace rt::plan
