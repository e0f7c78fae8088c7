// SPDX-License-Identifier: Apache-2.0
//
// Deflate (RFC 1951).  Own code: Debian has no static library of the fast ones that unpacks as it reads.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "layer/bit_input.h"
#include "layer/huffman.h"

namespace rt::layer {

/// Takes one deflate stream after the other from a BitInput.
class Inflate {
public:
    explicit Inflate(BitInput &in);

    /// At the first bit of a stream: what came before it cannot be referred to.
    void start();
    /// What comes next, which lives until the next call; it may be short, and it may be "" before the end.
    Result<std::string_view> some();
    /// The stream is over; the input is behind its last bit.
    bool ended() const { return phase_ == Phase::kEnded; }

private:
    enum class Phase : std::uint8_t { kHeader, kStored, kCodes, kEnded };

    Status step();
    Status header();
    Status stored_header();
    Status fixed_codes();
    Status dynamic_codes();
    Status build(std::span<const std::uint8_t> lengths, std::size_t literals);
    Status stored();
    Status codes();
    void end_block() { phase_ = last_ ? Phase::kEnded : Phase::kHeader; }
    void slide();

    BitInput &in_;
    std::unique_ptr<std::uint8_t[]> buffer_;
    std::uint8_t *out_, *reach_;  ///< where the next byte goes; the oldest that may be referred to
    Phase phase_ = Phase::kEnded;
    bool last_ = false;
    std::size_t stored_left_ = 0;
    LengthTable lengths_;
    DistanceTable distances_;
};

}  // namespace rt::layer
