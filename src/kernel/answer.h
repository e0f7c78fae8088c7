// SPDX-License-Identifier: Apache-2.0
//
// What a system call of libc's answered, as a Status: -1 is an error that says the call, its operand and
// errno.
#pragma once

#include <cerrno>
#include <concepts>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "base/str.h"

namespace rt::kernel {

inline std::string in_words(std::string_view path) { return str('"', path, '"'); }
inline std::string in_words(FdRef fd) { return str(fd.get()); }
/// Operands that are more than one: spelled out by a function, which is only called for an error.
inline std::string in_words(const std::invocable auto &spell) { return spell(); }

/// The error of the call just made: errno is still its own.
template <class Operand>
[[gnu::cold]] Error failed(std::string_view call, const Operand &operand)
{
    const int err = errno;
    return Error::kernel(err, str(call, '(', in_words(operand), ')'));
}

template <class Operand>
Status done(long ret, std::string_view call, const Operand &operand)
{
    if (ret == -1) {
        return failed(call, operand);
    }
    return {};
}

}  // namespace rt::kernel
