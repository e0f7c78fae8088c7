// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 by the processor's own instructions, where it has them.
#include "layer/sha256.h"
#include "layer/sha256_round_words.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

namespace rt::layer {
namespace {

#define RT_SHA __attribute__((target("sha,sse4.1")))

RT_SHA inline __m128i load_words(const std::uint8_t *bytes)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes)), swap);
}

/// Four rounds with words `t`..t+3 of the schedule, which are in `w`.
RT_SHA inline void four_rounds(__m128i &abef, __m128i &cdgh, __m128i w, std::size_t t)
{
    const __m128i sum =
        _mm_add_epi32(w, _mm_load_si128(reinterpret_cast<const __m128i *>(kRoundWords.data() + t)));
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/// The four words that follow `a`, `b`, `c`, `d`.
RT_SHA inline __m128i next_words(__m128i a, __m128i b, __m128i c, __m128i d)
{
    const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8(d, c, 4));
    return _mm_sha256msg2_epu32(sum, d);
}

RT_SHA void compress(Sha256::State &state, const std::uint8_t *blocks, std::size_t count)
{
    auto *words = reinterpret_cast<__m128i *>(state.data());
    // The instructions want the eight words as (a b e f) and (c d g h), highest first.
    const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xb1);
    const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1b);
    __m128i abef = _mm_alignr_epi8(badc, efgh, 8);
    __m128i cdgh = _mm_blend_epi16(efgh, badc, 0xf0);
    for (; count > 0; --count, blocks += Sha256::kBlock) {
        const __m128i abef_before = abef;
        const __m128i cdgh_before = cdgh;
        __m128i a = load_words(blocks);
        __m128i b = load_words(blocks + 16);
        __m128i c = load_words(blocks + 32);
        __m128i d = load_words(blocks + 48);
        for (std::size_t t = 0; t < 64; t += 4) {
            four_rounds(abef, cdgh, a, t);
            const __m128i next = next_words(a, b, c, d);
            a = b, b = c, c = d, d = next;
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
}

bool has_extensions()
{
    constexpr unsigned kSse41 = 1U << 19;
    constexpr unsigned kSha = 1U << 29;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kSse41) == 0) {
        return false;
    }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & kSha) != 0;
}

}  // namespace

Sha256::Compress sha256_extensions() { return has_extensions() ? compress : nullptr; }

}  // namespace rt::layer

#else

namespace rt::layer {
Sha256::Compress sha256_extensions() { return nullptr; }
}  // namespace rt::layer

#endif
