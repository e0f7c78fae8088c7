// SPDX-License-Identifier: Apache-2.0
//
// Where the kernel starts the blob, and the functions that the compiler may call on its own.
#include <stddef.h>

#include "init/context.h"
#include "init/talk.h"

namespace {

using rt::init::Context;

/// The number in `text`, -1 if it is none.
int number(const char *text)
{
    int value = 0;
    for (; *text != 0; ++text) {
        if (*text < '0' || *text > '9' || value > 100000) {
            return -1;
        }
        value = value * 10 + (*text - '0');
    }
    return value;
}

}  // namespace

// clang-format off
#if defined(__x86_64__)
__asm__(".globl _start\n.type _start, @function\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tcall rt_init_start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n.type _start, %function\n_start:\n\tmov x29, #0\n\tmov x0, sp\n\tbl rt_init_start\n");
#endif
// clang-format on

extern "C" {

/// `stack`: argc, argv[0], argv[1], ... as the kernel leaves them.
[[noreturn, gnu::used]] void rt_init_start(const long *stack);
// Used: link-time optimisation drops what nobody calls before the compiler comes to call it.
[[gnu::used]] void *memcpy(void *to, const void *from, size_t n);
[[gnu::used]] void *memmove(void *to, const void *from, size_t n);
[[gnu::used]] void *memset(void *to, int byte, size_t n);
[[gnu::used]] size_t strlen(const char *text);

void rt_init_start(const long *stack)
{
    constexpr int kBadPlan = 2;
    Context c;
    const bool held = stack[0] == 3;
    const int fd = stack[0] == 2 || held ? number(reinterpret_cast<const char *>(stack[2])) : -1;
    if (fd < 0 || rt::init::map_blob(c, fd) < 0) {
        rt::init::leave(c, kBadPlan);
    }
    rt::init::begin(c);
    if (held && rt::init::wait_to_be_adopted(c) < 0) {
        rt::init::leave(c, 1);
    }
    rt::init::leave(c, rt::init::run(c) < 0 ? 1 : 0);
}

void *memcpy(void *to, const void *from, size_t n)
{
    auto *out = static_cast<unsigned char *>(to);
    const auto *in = static_cast<const unsigned char *>(from);
    for (size_t i = 0; i < n; ++i) {
        out[i] = in[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    auto *out = static_cast<unsigned char *>(to);
    const auto *in = static_cast<const unsigned char *>(from);
    if (out < in) {
        return memcpy(to, from, n);
    }
    while (n-- > 0) {
        out[n] = in[n];
    }
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    auto *out = static_cast<unsigned char *>(to);
    for (size_t i = 0; i < n; ++i) {
        out[i] = static_cast<unsigned char>(byte);
    }
    return to;
}

size_t strlen(const char *text)
{
    size_t n = 0;
    while (text[n] != 0) {
        ++n;
    }
    return n;
}

}  // extern "C"
