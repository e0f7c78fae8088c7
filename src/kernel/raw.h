// SPDX-License-Identifier: Apache-2.0
//
// System calls without a C library: the number, up to six words, the kernel's answer as it is
// (-errno on failure).  The init stage has nothing else; calls_*.h wraps the same for the rest.
#pragma once

#include <asm/unistd.h>
#include <stdint.h>

namespace rt::raw {

#if defined(__x86_64__)

inline long call(long nr, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0)
{
    long ret;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

#elif defined(__aarch64__)

inline long call(long nr, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0)
{
    register long x8 __asm__("x8") = nr;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

#else
#error "the init stage knows x86_64 and aarch64"
#endif

/// An argument as the word the kernel takes: a pointer, a number or a flag.
template <class T>
long word(T *pointer)
{
    return static_cast<long>(reinterpret_cast<uintptr_t>(pointer));
}

template <class T>
constexpr long word(T number)
{
    return static_cast<long>(number);
}

}  // namespace rt::raw
