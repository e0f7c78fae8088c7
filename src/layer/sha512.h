// SPDX-License-Identifier: Apache-2.0
//
// SHA-512 (FIPS 180-4), which digests of images may be of.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rt::layer {

class Sha512 {
public:
    using Value = std::array<std::uint8_t, 64>;

    void put(std::string_view bytes);
    /// Of everything that was put.  Ends the sum: start another one for more.
    Value finish();

private:
    static constexpr std::size_t kBlock = 128;
    using State = std::array<std::uint64_t, 8>;
    static const State kInitial;
    static void compress(State &state, const std::uint8_t *blocks, std::size_t count);

    State state_ = kInitial;
    std::array<std::uint8_t, kBlock> pending_{};
    std::size_t filled_ = 0;
    std::uint64_t length_ = 0;
};

}  // namespace rt::layer
