// SPDX-License-Identifier: Apache-2.0
//
// The containers' program, without libc: `true` ends at once, `pause` (-DPAUSE) never does.
#include <sys/syscall.h>

/// A system call with nothing but zeros.
static void call(long number)
{
#if defined(__x86_64__)
    register long r10 __asm__("r10") = 0;
    register long r8 __asm__("r8") = 0;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(0L), "S"(0L), "d"(0L), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = 0;
    register long x1 __asm__("x1") = 0;
    register long x2 __asm__("x2") = 0;
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 0;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
#endif
}

void _start(void);
void _start(void)
{
#ifdef PAUSE
    for (;;) {
        call(SYS_ppoll);
    }
#endif
    call(SYS_exit_group);
    __builtin_unreachable();
}
