// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace rt::layer {

/// The CRC-32 of gzip (RFC 1952, 8).
class Crc32 {
public:
    enum class Engine : std::uint8_t { kBest, kPortable };
    explicit Crc32(Engine engine = Engine::kBest);

    void put(std::string_view bytes) { remainder_ = update_(remainder_, bytes); }
    std::uint32_t value() const { return ~remainder_; }

private:
    using Update = std::uint32_t (*)(std::uint32_t, std::string_view);
    std::uint32_t remainder_ = 0xffffffff;
    Update update_;
};

}  // namespace rt::layer
