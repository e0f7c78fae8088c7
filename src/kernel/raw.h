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

// Flags of clone(2): all that threads have in common, and the word that tells of the end of one.
inline constexpr long kThread = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x200000;

#if defined(__x86_64__)

/// A thread that runs `entry(shared)`, which must not come back, on the stack that ends at `stack` (aligned
/// to 16).  Once the thread is gone the kernel writes 0 to the int at `shared`.  Its number, or -errno.
inline long thread(void *stack, void *shared, void (*entry)(void *))
{
    long ret;
    register void *r10 __asm__("r10") = shared;
    register void (*r8)(void *) __asm__("r8") = entry;
    __asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tmov %%rdx, %%rdi\n\tcall *%%r8\n1:"
                     : "=a"(ret)
                     : "a"(__NR_clone), "D"(kThread), "S"(stack), "d"(shared), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return ret;
}

#elif defined(__aarch64__)

inline long thread(void *stack, void *shared, void (*entry)(void *))
{
    register long x8 __asm__("x8") = __NR_clone;
    register long x0 __asm__("x0") = kThread;
    register void *x1 __asm__("x1") = stack;
    register void *x2 __asm__("x2") = shared;
    register void (*x3)(void *) __asm__("x3") = entry;
    register void *x4 __asm__("x4") = shared;
    __asm__ volatile("svc 0\n\tcbnz x0, 1f\n\tmov x0, x2\n\tblr x3\n1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                     : "memory");
    return x0;
}

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
