// SPDX-License-Identifier: Apache-2.0
#include <zstd.h>

#include <gtest/gtest.h>

#include "layer/unzstd.h"
#include "sources.h"

namespace rt::layer {
namespace {

std::string packed(const std::string &text, int window_log = 0)
{
    ZSTD_CCtx *context = ::ZSTD_createCCtx();
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, window_log > 0 ? 1 : 0);
    std::string out(::ZSTD_compressBound(text.size()), '\0');
    ZSTD_inBuffer in = {text.data(), text.size(), 0};
    ZSTD_outBuffer to = {out.data(), out.size(), 0};
    // In two steps: told all at once, zstd would choose a window as small as the text.
    ::ZSTD_compressStream2(context, &to, &in, ZSTD_e_flush);
    EXPECT_EQ(::ZSTD_compressStream2(context, &to, &in, ZSTD_e_end), 0U);
    out.resize(to.pos);
    ::ZSTD_freeCCtx(context);
    return out;
}

std::string unpacked(const std::string &bytes, std::size_t chunk = 4096)
{
    TextSource source(bytes, chunk);
    const auto plain = unzstd(source);
    return all_of(*plain);
}

TEST(Unzstd, WhatZstdPacked)
{
    for (const std::string &text :
         {std::string(), std::string("a"), std::string(3'000'000, '\0'), words(1'000'000, 1)}) {
        const std::string bytes = packed(text);
        for (const std::size_t chunk : {std::size_t{999}, bytes.size()}) {
            ASSERT_TRUE(unpacked(bytes, chunk) == text) << text.size();
        }
    }
    EXPECT_EQ(unpacked(""), "");
}

TEST(Unzstd, FramesAndSkippableOnes)
{
    const std::string skippable("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
    EXPECT_EQ(unpacked(packed("one ") + skippable + packed("two") + skippable, 1), "one two");
    EXPECT_TRUE(unpacked(packed("one") + "junk").starts_with("error: is no sound zstd file"));
}

TEST(Unzstd, CutAnywhereIsAnError)
{
    const std::string bytes = packed(words(2'000, 2));
    for (std::size_t length = 1; length < bytes.size(); ++length) {
        ASSERT_TRUE(unpacked(bytes.substr(0, length)).starts_with("error: ")) << length;
    }
}

TEST(Unzstd, ChangedIsAnError)
{
    std::string bytes = packed(words(2'000, 3));
    bytes[bytes.size() - 1] = static_cast<char>(bytes[bytes.size() - 1] ^ 1);
    EXPECT_TRUE(unpacked(bytes).starts_with("error: is no sound zstd file"));
}

TEST(Unzstd, WindowsAreLimited)
{
    EXPECT_EQ(unpacked(packed("small", 27)), "small");
    EXPECT_TRUE(unpacked(packed("small", 28))
                    .starts_with("error: is no sound zstd file: Frame requires too much memory"));
}

}  // namespace
}  // namespace rt::layer
