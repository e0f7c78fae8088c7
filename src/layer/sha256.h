// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 (FIPS 180-4), the algorithm that names everything in an image.  Own code, because a library's costs
// a millisecond before the first byte: here the first digest costs nothing, and with the processor's SHA
// extensions a byte costs as little as in libcrypto.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rt::layer {

class Sha256 {
public:
    using Value = std::array<std::uint8_t, 32>;
    enum class Engine : std::uint8_t { kBest, kPortable };

    explicit Sha256(Engine engine = Engine::kBest);
    void put(std::string_view bytes);
    /// Of everything that was put.  Ends the sum: start another one for more.
    Value finish();

    static constexpr std::size_t kBlock = 64;
    using State = std::array<std::uint32_t, 8>;
    using Compress = void (*)(State &, const std::uint8_t *blocks, std::size_t count);

private:
    State state_;
    Compress compress_;
    std::array<std::uint8_t, kBlock> pending_{};
    std::size_t filled_ = 0;
    std::uint64_t length_ = 0;
};

/// Lower-case hexadecimal.
std::string hex(std::span<const std::uint8_t> value);

/// The compression function of this processor's SHA extensions; null when it has none.
Sha256::Compress sha256_extensions();

}  // namespace rt::layer
