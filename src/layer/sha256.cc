// SPDX-License-Identifier: Apache-2.0
#include "layer/sha256.h"

#include <string.h>

#include <algorithm>
#include <bit>

#include "layer/sha256_round_words.h"

namespace rt::layer {
namespace {

constexpr Sha256::State kInitial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

std::uint32_t big_endian(const std::uint8_t *bytes)
{
    std::uint32_t word = 0;
    ::memcpy(&word, bytes, sizeof word);
    return __builtin_bswap32(word);
}

/// The 64 words of one block's schedule.
std::array<std::uint32_t, 64> schedule(const std::uint8_t *block)
{
    std::array<std::uint32_t, 64> w{};
    for (std::size_t t = 0; t < 16; ++t) {
        w[t] = big_endian(block + 4 * t);
    }
    for (std::size_t t = 16; t < 64; ++t) {
        const std::uint32_t x = w[t - 15];
        const std::uint32_t y = w[t - 2];
        w[t] = w[t - 16] + w[t - 7] + (std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3)) +
               (std::rotr(y, 17) ^ std::rotr(y, 19) ^ (y >> 10));
    }
    return w;
}

void compress(Sha256::State &state, const std::uint8_t *blocks, std::size_t count)
{
    for (; count > 0; --count, blocks += Sha256::kBlock) {
        const auto w = schedule(blocks);
        auto [a, b, c, d, e, f, g, h] = state;
        for (std::size_t t = 0; t < 64; ++t) {
            const std::uint32_t choice = (e & f) ^ (~e & g);
            const std::uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
            const std::uint32_t one =
                h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + choice + kRoundWords[t] + w[t];
            const std::uint32_t two = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + majority;
            h = g, g = f, f = e, e = d + one;
            d = c, c = b, b = a, a = one + two;
        }
        const Sha256::State after = {a, b, c, d, e, f, g, h};
        for (std::size_t i = 0; i < state.size(); ++i) {
            state[i] += after[i];
        }
    }
}

Sha256::Compress best()
{
    static const Sha256::Compress chosen = sha256_extensions() != nullptr ? sha256_extensions() : compress;
    return chosen;
}

}  // namespace

Sha256::Sha256(Engine engine) : state_(kInitial), compress_(engine == Engine::kBest ? best() : compress) {}

void Sha256::put(std::string_view bytes)
{
    length_ += bytes.size();
    if (filled_ > 0) {
        const std::size_t take = std::min(bytes.size(), kBlock - filled_);
        ::memcpy(pending_.data() + filled_, bytes.data(), take);
        filled_ += take;
        bytes.remove_prefix(take);
        if (filled_ < kBlock) {
            return;
        }
        compress_(state_, pending_.data(), 1);
        filled_ = 0;
    }
    const std::size_t whole = bytes.size() / kBlock;
    compress_(state_, reinterpret_cast<const std::uint8_t *>(bytes.data()), whole);
    bytes.remove_prefix(whole * kBlock);
    if (!bytes.empty()) {
        ::memcpy(pending_.data(), bytes.data(), bytes.size());
        filled_ = bytes.size();
    }
}

Sha256::Value Sha256::finish()
{
    const std::uint64_t bits = length_ * 8;
    // One bit, zeros up to 8 bytes before the end of a block, the length in bits.
    std::array<char, kBlock + 8> tail{};
    tail[0] = static_cast<char>(0x80);
    const std::size_t zeros = (filled_ < 56 ? 56 : 120) - filled_;
    for (std::size_t i = 0; i < 8; ++i) {
        tail[zeros + i] = static_cast<char>(bits >> (56 - 8 * i));
    }
    put({tail.data(), zeros + 8});
    Value value{};
    for (std::size_t i = 0; i < value.size(); ++i) {
        value[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
    }
    return value;
}

std::string hex(std::span<const std::uint8_t> value)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    out.reserve(2 * value.size());
    for (const std::uint8_t byte : value) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

}  // namespace rt::layer
