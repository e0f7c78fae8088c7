// SPDX-License-Identifier: Apache-2.0
//
// Deflate's codes (RFC 1951, 3.2) as tables that one look-up of the next bits decodes, two for long codes.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace rt::layer {

/// What the next bits are.
///   bits 0..7   how many of them are used up, extra bits included
///   bits 8..11  how many of those are the code itself
///   bits 16..30 the literal; or the base of a length or distance; or where the second table is
struct Code {
    std::uint32_t word = kInvalid;

    static constexpr std::uint32_t kLiteral = 1U << 31;
    static constexpr std::uint32_t kSpecial = 1U << 15;  ///< none of literal, length, distance
    static constexpr std::uint32_t kSecond = 1U << 14;   ///< special: look into the second table
    static constexpr std::uint32_t kEnd = 1U << 13;      ///< special: the block ends
    static constexpr std::uint32_t kInvalid = kSpecial;  ///< special: no code has these bits

    bool is(std::uint32_t flag) const { return (word & flag) != 0; }
    unsigned used() const { return word & 0xff; }
    unsigned own() const { return (word >> 8) & 15; }
    std::uint32_t value() const { return (word >> 16) & 0x7fff; }
};

inline constexpr unsigned kLongestCode = 15;

/// Codes with up to kFirst bits in the first table, the others behind it, in a table for each of their
/// beginnings.
template <unsigned kFirst, std::size_t kSize>
struct CodeTable {
    static constexpr unsigned kBits = kFirst;
    std::array<Code, kSize> codes;

    Code look_up(std::uint64_t bits) const
    {
        const Code code = codes[bits & ((1U << kFirst) - 1)];
        if (!code.is(Code::kSecond)) [[likely]] {
            return code;
        }
        return codes[code.value() + ((bits >> kFirst) & ((1U << code.own()) - 1))];
    }
};

// Sizes: the first table, and second ones that hold all codes there can be; zlib's "enough" counts them.
using LengthTable = CodeTable<11, 2342>;
using DistanceTable = CodeTable<8, 402>;
using HeaderTable = CodeTable<7, 128>;

/// Fills `codes` for symbols with these code lengths (0: none has it); `meanings[symbol]` is what its Code
/// says besides the length.  False: more codes than there is room for, or fewer; a single code of one bit is
/// fine, and none at all.
bool build_codes(std::span<const std::uint8_t> lengths, std::span<const std::uint32_t> meanings,
                 unsigned first_bits, std::span<Code> codes);

/// The meanings of literals and lengths (288), of distances (32), and of code lengths (19).
extern const std::array<std::uint32_t, 288> kLengthMeanings;
extern const std::array<std::uint32_t, 32> kDistanceMeanings;
extern const std::array<std::uint32_t, 19> kHeaderMeanings;

}  // namespace rt::layer
