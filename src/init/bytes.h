// SPDX-License-Identifier: Apache-2.0
//
// The few functions on bytes that libc would have.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace rt::init {

inline uint32_t length(const char *text)
{
    uint32_t n = 0;
    while (text[n] != 0) {
        ++n;
    }
    return n;
}

inline bool same(const char *a, const char *b)
{
    while (*a != 0 && *a == *b) {
        ++a;
        ++b;
    }
    return *a == *b;
}

/// Position of `c`, or of the NUL when it is not there.
inline uint32_t find(const char *text, char c)
{
    uint32_t n = 0;
    while (text[n] != 0 && text[n] != c) {
        ++n;
    }
    return n;
}

inline void copy(char *to, const char *from, size_t n) { __builtin_memcpy(to, from, n); }

/// Decimal digits of `number` with a NUL; gives their count.  `to` has room for 21 bytes.
[[gnu::noinline]] inline uint32_t decimal(char *to, uint64_t number)
{
    char digits[20];
    uint32_t n = 0;
    do {
        digits[n++] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    for (uint32_t i = 0; i < n; ++i) {
        to[i] = digits[n - 1 - i];
    }
    to[n] = 0;
    return n;
}

}  // namespace rt::init
