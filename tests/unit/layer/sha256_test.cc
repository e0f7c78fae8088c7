// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "layer/crc32.h"
#include "layer/sha256.h"
#include "sources.h"

namespace rt::layer {
namespace {

std::string sum(std::string_view text, Sha256::Engine engine, std::size_t piece)
{
    Sha256 sum(engine);
    for (std::size_t at = 0; at < text.size(); at += piece) {
        sum.put(text.substr(at, piece));
    }
    return hex(sum.finish());
}

// The examples that NIST publishes with FIPS 180-4.
TEST(Sha256, KnownSums)
{
    const std::pair<std::string, const char *> kKnown[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (const auto &[text, expected] : kKnown) {
        EXPECT_EQ(sum(text, Sha256::Engine::kBest, 1 << 20), expected);
        EXPECT_EQ(sum(text, Sha256::Engine::kPortable, 1 << 20), expected);
    }
}

TEST(Sha256, EveryLengthInEveryPiecesIsTheSame)
{
    const std::string text = words(300, 1);
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const std::string_view part = std::string_view(text).substr(0, length);
        const std::string whole = sum(part, Sha256::Engine::kPortable, 1000);
        for (const std::size_t piece : {1, 7, 63, 64, 65, 128, 1000}) {
            ASSERT_EQ(sum(part, Sha256::Engine::kBest, piece), whole) << length << " in pieces of " << piece;
        }
    }
}

std::uint32_t crc(std::string_view text, Crc32::Engine engine, std::size_t piece)
{
    Crc32 sum(engine);
    for (std::size_t at = 0; at < text.size(); at += piece) {
        sum.put(text.substr(at, piece));
    }
    return sum.value();
}

TEST(Crc32, KnownSum)
{
    EXPECT_EQ(crc("123456789", Crc32::Engine::kBest, 100), 0xcbf43926U);
    EXPECT_EQ(crc("", Crc32::Engine::kBest, 100), 0U);
}

TEST(Crc32, EnginesAgreeOnEveryLength)
{
    const std::string text = words(1000, 2);
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const std::string_view part = std::string_view(text).substr(0, length);
        const std::uint32_t expected = crc(part, Crc32::Engine::kPortable, 1);
        ASSERT_EQ(crc(part, Crc32::Engine::kBest, 1000), expected) << length;
        ASSERT_EQ(crc(part, Crc32::Engine::kBest, 193), expected) << length;
    }
}

}  // namespace
}  // namespace rt::layer
