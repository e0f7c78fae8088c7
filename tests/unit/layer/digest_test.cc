// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/str.h"
#include "layer/base64.h"
#include "layer/digest.h"

namespace rt::layer {
namespace {

const std::string kHex(64, 'a');

// spec: ImageDigestGrammar, ImageDigestUnknownAlgorithm
TEST(Digest, WhatTheGrammarAllows)
{
    for (const std::string &text :
         {"sha256:" + kHex, "sha512:" + kHex + kHex,
          std::string("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8"),
          std::string("sha256+b64u.x_y-z:LCa0a2j_xo=")}) {
        const auto digest = Digest::parse(text);
        ASSERT_TRUE(digest) << digest.error().text();
        EXPECT_EQ(digest->text(), text);
        EXPECT_EQ(str(digest->algorithm(), ":", digest->encoded()), text);
    }
}

// spec: ImageDigestGrammar, ImageSha256Encoded, ImageSha512Encoded, ImageBlake3Encoded
TEST(Digest, WhatItDoesNot)
{
    for (const std::string &text : {std::string(),
                                    std::string(":"),
                                    std::string("sha256"),
                                    std::string("sha256:"),
                                    ":" + kHex,
                                    "sha256:" + kHex + "a",
                                    "sha256:" + kHex.substr(1),
                                    "sha256:" + std::string(64, 'A'),
                                    "SHA256:" + kHex,
                                    "sha256:" + kHex.substr(1) + "g",
                                    "sha512:" + kHex,
                                    std::string("x:../../etc/passwd"),
                                    std::string("../x:abc"),
                                    std::string("x:a/b"),
                                    std::string("a/b:c"),
                                    std::string("x:."),
                                    std::string("+x:a"),
                                    std::string("x+:a"),
                                    std::string("x..y:a"),
                                    std::string("x:a:b"),
                                    std::string("x:a\0b", 5),
                                    "x:" + std::string(256, 'a')}) {
        EXPECT_FALSE(Digest::parse(text)) << text;
    }
}

// spec: ImageSha256, ImageSha512
TEST(Digest, OfBytes)
{
    const Digest digest = Digest::of(std::string_view("abc"));
    EXPECT_EQ(digest.text(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(digest.blob_path(),
              "blobs/sha256/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_TRUE(digest.check_verifiable());
    EXPECT_TRUE(Digest::parse("sha512:" + kHex + kHex)->check_verifiable());
    EXPECT_FALSE(Digest::parse("blake3:" + kHex)->check_verifiable());
    const auto of_abc =
        Digest::parse("sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    EXPECT_TRUE(of_abc->is_of("abc"));
    EXPECT_FALSE(of_abc->is_of("abd"));
    EXPECT_FALSE(Digest::parse("sha512:" + kHex + kHex)->is_of("abc"));
}

TEST(Base64, KnownTexts)
{
    const std::pair<const char *, const char *> kKnown[] = {
        {"", ""}, {"Zg==", "f"}, {"Zg", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9vYmFy", "foobar"}};
    for (const auto &[text, expected] : kKnown) {
        const auto plain = from_base64(text);
        ASSERT_TRUE(plain) << text;
        EXPECT_EQ(*plain, expected);
    }
    for (const char *text : {"Z", "Zg=a", "Zh==", "Zm9v!", "Zm9v===", " Zm9v"}) {
        EXPECT_FALSE(from_base64(text)) << text;
    }
}

}  // namespace
}  // namespace rt::layer
