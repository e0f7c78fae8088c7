// SPDX-License-Identifier: Apache-2.0
#include "layer/huffman.h"

#include <algorithm>

namespace rt::layer {
namespace {

constexpr std::uint32_t meaning(std::uint32_t value, std::uint32_t extra_bits)
{
    return value << 16 | extra_bits;
}

constexpr std::array<std::uint32_t, 288> length_meanings()
{
    std::array<std::uint32_t, 288> out{};
    for (std::uint32_t symbol = 0; symbol < 256; ++symbol) {
        out[symbol] = Code::kLiteral | meaning(symbol, 0);
    }
    out[256] = Code::kSpecial | Code::kEnd;
    std::uint32_t base = 3;
    for (std::uint32_t symbol = 257; symbol < 285; ++symbol) {
        const std::uint32_t extra = symbol < 265 ? 0 : (symbol - 261) / 4;
        out[symbol] = meaning(base, extra);
        base += 1U << extra;
    }
    out[285] = meaning(258, 0);
    out[286] = out[287] = Code::kInvalid;
    return out;
}

constexpr std::array<std::uint32_t, 32> distance_meanings()
{
    std::array<std::uint32_t, 32> out{};
    std::uint32_t base = 1;
    for (std::uint32_t symbol = 0; symbol < 30; ++symbol) {
        const std::uint32_t extra = symbol < 4 ? 0 : symbol / 2 - 1;
        out[symbol] = meaning(base, extra);
        base += 1U << extra;
    }
    out[30] = out[31] = Code::kInvalid;
    return out;
}

constexpr std::array<std::uint32_t, 19> header_meanings()
{
    std::array<std::uint32_t, 19> out{};
    for (std::uint32_t symbol = 0; symbol < out.size(); ++symbol) {
        out[symbol] = meaning(symbol, 0);
    }
    return out;
}

/// The lowest `bits` of `code`, at most 16, the other way round.
std::uint32_t reversed(std::uint32_t code, unsigned bits)
{
    code = (code & 0x5555) << 1 | (code >> 1 & 0x5555);
    code = (code & 0x3333) << 2 | (code >> 2 & 0x3333);
    code = (code & 0x0f0f) << 4 | (code >> 4 & 0x0f0f);
    code = (code & 0x00ff) << 8 | code >> 8;
    return code >> (16 - bits);
}

/// The code of `length` bits that has this meaning.
Code with_length(std::uint32_t meaning, unsigned length)
{
    const std::uint32_t extra = meaning & 0xff;
    return {(meaning & ~0xffU) | length << 8 | (length + extra)};
}

using Counts = std::array<std::uint32_t, kLongestCode + 1>;

/// How much of the space of codes of 15 bits is free; negative: they want more than there is.
int left_over(const Counts &counts)
{
    int left = 1;
    for (unsigned length = 1; length <= kLongestCode; ++length) {
        left = 2 * left - static_cast<int>(counts[length]);
        if (left < 0) {
            return left;
        }
    }
    return left;
}

class Builder {
public:
    Builder(unsigned first_bits, std::span<Code> codes)
        : first_bits_(first_bits), codes_(codes), past_(1U << first_bits)
    {}

    /// `counts`: the codes not yet added, by length.  Codes come in their canonical order.
    bool add(std::uint32_t code, unsigned length, std::uint32_t meaning, Counts &counts)
    {
        const std::uint32_t bits = reversed(code, length);
        const Code entry = with_length(meaning, length);
        if (length <= first_bits_) {
            fill({codes_.data(), std::size_t{1} << first_bits_}, bits, length, entry);
        } else {
            const std::uint32_t beginning = bits & ((1U << first_bits_) - 1);
            Code &first = codes_[beginning];
            if (beginning != opened_ && !open_second(first, length, counts)) {
                return false;
            }
            opened_ = beginning;
            fill({codes_.data() + first.value(), std::size_t{1} << first.own()}, bits >> first_bits_,
                 length - first_bits_, entry);
        }
        --counts[length];
        return true;
    }

private:
    static void fill(std::span<Code> table, std::uint32_t bits, unsigned length, Code entry)
    {
        for (std::size_t i = bits; i < table.size(); i += std::size_t{1} << length) {
            table[i] = entry;
        }
    }

    /// As large as all codes with this beginning need, which follow one another.
    bool open_second(Code &first, unsigned length, const Counts &counts)
    {
        unsigned bits = length - first_bits_;
        int left = 1 << bits;
        for (unsigned l = length; l <= kLongestCode; ++l) {
            left -= static_cast<int>(counts[l]);
            if (left <= 0) {
                break;
            }
            if (l < kLongestCode) {
                left *= 2;
                ++bits;
            }
        }
        bits = std::min(bits, kLongestCode - first_bits_);
        if (past_ + (std::size_t{1} << bits) > codes_.size()) {
            return false;
        }
        first = {Code::kSpecial | Code::kSecond | static_cast<std::uint32_t>(past_) << 16 | bits << 8};
        past_ += std::size_t{1} << bits;
        return true;
    }

    unsigned first_bits_;
    std::span<Code> codes_;
    std::size_t past_;
    std::uint32_t opened_ = ~0U;  ///< whose second table was made last
};

/// The symbols that have a code, in the order of their codes.
std::span<const std::uint16_t> in_order(std::span<const std::uint8_t> lengths, const Counts &counts,
                                        std::span<std::uint16_t> symbols)
{
    std::array<std::uint32_t, kLongestCode + 2> next{};
    for (unsigned length = 1; length <= kLongestCode; ++length) {
        next[length + 1] = next[length] + counts[length];
    }
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
        if (lengths[symbol] != 0) {
            symbols[next[lengths[symbol]]++] = static_cast<std::uint16_t>(symbol);
        }
    }
    return symbols.first(next[kLongestCode]);
}

}  // namespace

constexpr std::array<std::uint32_t, 288> kLengthMeanings = length_meanings();
constexpr std::array<std::uint32_t, 32> kDistanceMeanings = distance_meanings();
constexpr std::array<std::uint32_t, 19> kHeaderMeanings = header_meanings();

bool build_codes(std::span<const std::uint8_t> lengths, std::span<const std::uint32_t> meanings,
                 unsigned first_bits, std::span<Code> codes)
{
    Counts counts{};
    for (const std::uint8_t length : lengths) {
        ++counts[length];
    }
    const std::size_t used = lengths.size() - counts[0];
    counts[0] = 0;
    const int left = left_over(counts);
    if (left < 0 || (left > 0 && used > 0 && !(used == 1 && counts[1] == 1))) {
        return false;
    }
    std::array<std::uint32_t, kLongestCode + 2> code{};  // the next of each length
    for (unsigned length = 1; length <= kLongestCode; ++length) {
        code[length + 1] = (code[length] + counts[length]) << 1;
    }
    if (left > 0) {
        std::ranges::fill(codes, Code{});
    }
    Builder builder(first_bits, codes);
    std::array<std::uint16_t, 288> symbols;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    for (const std::uint16_t symbol : in_order(lengths, counts, symbols)) {
        const unsigned length = lengths[symbol];
        if (!builder.add(code[length]++, length, meanings[symbol], counts)) {
            return false;
        }
    }
    return true;
}

}  // namespace rt::layer
