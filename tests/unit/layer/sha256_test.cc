// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "layer/crc32.h"
#include "layer/sha256.h"
#include "layer/sha512.h"
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

std::string sum_512(std::string_view text, std::size_t piece)
{
    Sha512 sum;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        sum.put(text.substr(at, piece));
    }
    return hex(sum.finish());
}

TEST(Sha512, KnownSums)
{
    const std::pair<std::string, const char *> kKnown[] = {
        {"", "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
             "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
        {"abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
        {std::string(1'000'000, 'a'), "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
                                      "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
    };
    for (const auto &[text, expected] : kKnown) {
        EXPECT_EQ(sum_512(text, 1 << 20), expected);
    }
    const std::string text = words(600, 1);
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const std::string_view part = std::string_view(text).substr(0, length);
        const std::string whole = sum_512(part, 1000);
        for (const std::size_t piece : {1, 127, 128, 129}) {
            ASSERT_EQ(sum_512(part, piece), whole) << length << " in pieces of " << piece;
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
