// SPDX-License-Identifier: Apache-2.0
#include "layer/crc32.h"

#include <string.h>

#include <array>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace rt::layer {
namespace {

constexpr std::uint32_t kPolynomial = 0xedb88320;  // reflected
constexpr std::size_t kSlices = 8;

/// [k][b]: what byte b, followed by k bytes of zeros, leaves.
using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

constexpr Tables make_tables()
{
    Tables tables{};
    for (std::uint32_t b = 0; b < 256; ++b) {
        std::uint32_t left = b;
        for (int bit = 0; bit < 8; ++bit) {
            left = (left >> 1) ^ ((left & 1) != 0 ? kPolynomial : 0);
        }
        tables[0][b] = left;
    }
    for (std::size_t k = 1; k < kSlices; ++k) {
        for (std::size_t b = 0; b < 256; ++b) {
            const std::uint32_t before = tables[k - 1][b];
            tables[k][b] = (before >> 8) ^ tables[0][before & 0xff];
        }
    }
    return tables;
}

constexpr Tables kTables = make_tables();

std::uint32_t by_tables(std::uint32_t remainder, std::string_view bytes)
{
    for (; bytes.size() >= kSlices; bytes.remove_prefix(kSlices)) {
        std::uint64_t word = 0;
        ::memcpy(&word, bytes.data(), sizeof word);
        word ^= remainder;
        remainder = 0;
        for (std::size_t i = 0; i < kSlices; ++i) {
            remainder ^= kTables[kSlices - 1 - i][(word >> (8 * i)) & 0xff];
        }
    }
    for (const char c : bytes) {
        remainder = (remainder >> 8) ^ kTables[0][(remainder ^ static_cast<std::uint8_t>(c)) & 0xff];
    }
    return remainder;
}

#if defined(__x86_64__)

#define RT_CLMUL __attribute__((target("pclmul,sse4.1")))

/// x to the power of as many bits as lie between a half of the lane and where it is added, modulo the
/// polynomial.
struct Fold {
    std::uint64_t low, high;
};
constexpr Fold kBy64Bytes = {0x154442bd4, 0x1c6e41596};
constexpr Fold kBy16Bytes = {0x1751997d0, 0x0ccaa009e};

RT_CLMUL inline __m128i fold(__m128i lane, Fold by, __m128i next)
{
    const __m128i factors = _mm_set_epi64x(static_cast<long long>(by.high), static_cast<long long>(by.low));
    return _mm_xor_si128(next, _mm_xor_si128(_mm_clmulepi64_si128(lane, factors, 0x00),
                                             _mm_clmulepi64_si128(lane, factors, 0x11)));
}

RT_CLMUL std::uint32_t by_multiplication(std::uint32_t remainder, std::string_view bytes)
{
    constexpr std::size_t kLanes = 4;
    constexpr std::size_t kStep = kLanes * sizeof(__m128i);
    if (bytes.size() < 2 * kStep) {
        return by_tables(remainder, bytes);
    }
    const auto lane_at = [&](std::size_t i) RT_CLMUL {
        return _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes.data()) + i);
    };
    __m128i lanes[kLanes] = {lane_at(0), lane_at(1), lane_at(2), lane_at(3)};
    lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128(static_cast<int>(remainder)));
    for (bytes.remove_prefix(kStep); bytes.size() >= kStep; bytes.remove_prefix(kStep)) {
        for (std::size_t i = 0; i < kLanes; ++i) {
            lanes[i] = fold(lanes[i], kBy64Bytes, lane_at(i));
        }
    }
    for (std::size_t i = 1; i < kLanes; ++i) {
        lanes[i] = fold(lanes[i - 1], kBy16Bytes, lanes[i]);
    }
    // The last lane leaves the same remainder as everything before it.
    char rest[sizeof(__m128i)];
    ::memcpy(rest, &lanes[kLanes - 1], sizeof rest);
    return by_tables(by_tables(0, {rest, sizeof rest}), bytes);
}

bool can_multiply()
{
    constexpr unsigned kNeeded = (1U << 1) | (1U << 19);  // PCLMULQDQ, SSE4.1
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & kNeeded) == kNeeded;
}

#endif

auto best()
{
#if defined(__x86_64__)
    static const bool multiply = can_multiply();
    return multiply ? by_multiplication : by_tables;
#else
    return by_tables;
#endif
}

}  // namespace

Crc32::Crc32(Engine engine) : update_(engine == Engine::kBest ? best() : by_tables) {}

}  // namespace rt::layer
