// SPDX-License-Identifier: Apache-2.0
//
// Against gzip(1), which packs what we unpack.
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/str.h"
#include "layer/gunzip.h"
#include "sources.h"

namespace rt::layer {
namespace {

/// `text`, packed by gzip(1) with `options`.
std::string packed(const std::string &text, const char *options)
{
    char name[] = "/tmp/rt-gzip-XXXXXX";
    const int fd = ::mkstemp(name);
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(fd);
    FILE *pipe = ::popen(str("gzip -nc ", options, " ", name).c_str(), "r");
    std::string out;
    char chunk[4096];
    for (std::size_t n = 0; (n = ::fread(chunk, 1, sizeof chunk, pipe)) > 0;) {
        out.append(chunk, n);
    }
    EXPECT_EQ(::pclose(pipe), 0);
    ::unlink(name);
    return out;
}

std::string unpacked(const std::string &bytes, std::size_t chunk = 4096)
{
    TextSource source(bytes, chunk);
    const auto plain = gunzip(source);
    return all_of(*plain);
}

TEST(Gunzip, WhatGzipPacked)
{
    std::string noise = words(100'000, 3);
    for (std::size_t i = 0; i < noise.size(); ++i) {
        noise[i] = static_cast<char>(noise[i] * 31 + static_cast<char>(i * i >> 7));
    }
    for (const std::string &text :
         {std::string(), std::string("a"), std::string(3'000'000, '\0'), words(3'000'000, 4), noise}) {
        for (const char *options : {"-1", "-6", "-9"}) {
            const std::string bytes = packed(text, options);
            for (const std::size_t chunk : {std::size_t{1000}, std::size_t{65536}, bytes.size()}) {
                ASSERT_TRUE(unpacked(bytes, chunk) == text) << text.size() << options << chunk;
            }
        }
    }
    EXPECT_TRUE(unpacked(packed(words(20'000, 5), "-6"), 1) == words(20'000, 5));
}

/// Runs of patterns: matches of every distance up to 40, and of every length.
TEST(Gunzip, MatchesThatOverlapThemselves)
{
    std::string text;
    for (unsigned period = 1; period <= 40; ++period) {
        const std::string pattern = words(1000, period).substr(0, period);
        for (std::size_t length = 1; length <= 300; ++length) {
            for (std::size_t i = 0; i < length; ++i) {
                text += pattern[i % period];
            }
            text += static_cast<char>(length);
        }
    }
    for (const char *options : {"-1", "-9"}) {
        EXPECT_TRUE(unpacked(packed(text, options)) == text) << options;
    }
}

TEST(Gunzip, MembersAndZeros)
{
    const std::string a = packed("one ", "-6");
    const std::string b = packed("two", "-6");
    const std::string nothing = packed("", "-6");
    for (const std::size_t chunk : {1, 2, 5, 1000}) {
        EXPECT_EQ(unpacked(a + nothing + b, chunk), "one two");
        EXPECT_EQ(unpacked(a + b + std::string(3000, '\0'), chunk), "one two");
        EXPECT_EQ(unpacked(a + "x", chunk), "error: holds something behind its end");
        EXPECT_EQ(unpacked(a + std::string(3000, '\0') + "x", chunk),
                  "error: holds something behind the zeros that follow its end");
    }
}

TEST(Gunzip, HeadersWithEverythingInThem)
{
    const std::string plain = packed("text", "-6");
    const std::string all_flags("\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x05\0extraname\0a comment\0\x12\x34", 34);
    EXPECT_EQ(unpacked(all_flags + plain.substr(10)), "text");
    EXPECT_EQ(unpacked(all_flags + plain.substr(10), 1), "text");
    const std::string reserved("\x1f\x8b\x08\x20\0\0\0\0\0\x03", 10);
    EXPECT_EQ(unpacked(reserved + plain.substr(10)), "error: is packed by a method that gzip has not got");
    EXPECT_EQ(unpacked("PK\x03\x04"), "error: is no gzip file");
    EXPECT_EQ(unpacked(""), "error: is no gzip file");
}

TEST(Gunzip, CutAnywhereIsAnError)
{
    for (const std::string &text : {words(2'000, 6), std::string(10, 'x'), std::string("stored")}) {
        const std::string bytes = packed(text, "-6");
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            ASSERT_TRUE(unpacked(bytes.substr(0, length)).starts_with("error: ")) << length;
        }
    }
}

// Or it changes nothing: the time in the header, a code that is never used.
TEST(Gunzip, NothingElseComesOutWhateverIsChanged)
{
    const std::string text = words(1'500, 7);
    const std::string bytes = packed(text, "-9");
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        std::string changed = bytes;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        const std::string result = unpacked(changed);
        ASSERT_TRUE(result.starts_with("error: ") || result == text) << bit;
    }
}

// A distance of more than there is: fixed codes, length 3, distance 1, nothing before.
TEST(Gunzip, NothingIsBeforeTheBeginning)
{
    const std::string header("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    EXPECT_EQ(unpacked(header + std::string("\x03\x02\0\0\0\0\0\0\0\0\0\0", 12)),
              "error: refers to what was before its beginning");
    // Nor is the member before.
    EXPECT_EQ(unpacked(packed("abc", "-6") + header + std::string("\x03\x02\0\0\0\0\0\0\0\0\0\0", 12)),
              "error: refers to what was before its beginning");
}

TEST(Gunzip, BlocksThatAreNone)
{
    const std::string header("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    EXPECT_EQ(unpacked(header + "\x07"), "error: holds a block of an unknown type");
    EXPECT_EQ(unpacked(header + std::string("\x01\x05\0\x05\0hello", 10)),
              "error: holds a stored block whose length is damaged");
    EXPECT_EQ(unpacked(header + std::string("\xfd\xff\xff\xff\xff\xff\xff", 7)),
              "error: holds more codes than there are");
    EXPECT_EQ(unpacked(header + std::string("\x05\x00\xff\xff\xff\xff\xff\xff", 8)),
              "error: holds codes that do not fit together");
}

}  // namespace
}  // namespace rt::layer
