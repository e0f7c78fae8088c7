// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "criu/wire.h"

namespace rt::criu {
namespace {

std::string bytes(std::initializer_list<int> values)
{
    std::string out;
    for (const int value : values) {
        out += static_cast<char>(value);
    }
    return out;
}

// The bytes are those of the Protocol Buffers documentation's own examples.
TEST(Wire, WritesAsTheDocumentationHasIt)
{
    EXPECT_EQ(std::move(Encoder().number(1, 150)).take(), bytes({0x08, 0x96, 0x01}));
    EXPECT_EQ(std::move(Encoder().text(2, "testing")).take(), bytes({0x12, 0x07}) + "testing");
    EXPECT_EQ(std::move(Encoder().text(3, std::move(Encoder().number(1, 150)).take())).take(),
              bytes({0x1a, 0x03, 0x08, 0x96, 0x01}));
}

TEST(Wire, ReadsWhatItWrites)
{
    const std::int64_t numbers[] = {0, 1, 127, 128, 300, INT32_MAX, -1, INT32_MIN};
    for (const std::int64_t number : numbers) {
        const std::string written = std::move(Encoder().number(63, number).text(1, "x")).take();
        auto fields = decode(written);
        ASSERT_TRUE(fields);
        ASSERT_EQ(fields->size(), 2U);
        EXPECT_EQ((*fields)[0].field, 63U);
        EXPECT_EQ((*fields)[0].number, number);
        EXPECT_FALSE((*fields)[0].is_text);
        EXPECT_EQ((*fields)[1].text, "x");
        EXPECT_TRUE((*fields)[1].is_text);
    }
}

TEST(Wire, SkipsFixedSizes)
{
    auto fields = decode(bytes({0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x18, 7}));
    ASSERT_TRUE(fields);
    ASSERT_EQ(fields->size(), 1U);
    EXPECT_EQ((*fields)[0].field, 3U);
    EXPECT_EQ((*fields)[0].number, 7);
}

TEST(Wire, RefusesWhatIsCutOffAnywhere)
{
    const std::string whole = std::move(Encoder().number(20, 70000).text(2, "testing")).take();
    for (std::size_t size = 1; size < whole.size(); ++size) {
        if (size == 5) {
            continue;  // between the two fields
        }
        EXPECT_FALSE(decode(std::string_view(whole).substr(0, size))) << size;
    }
    EXPECT_TRUE(decode(whole));
    EXPECT_TRUE(decode(""));
}

TEST(Wire, RefusesGroupsAndEndlessNumbers)
{
    EXPECT_FALSE(decode(bytes({0x0b, 1})));
    EXPECT_FALSE(decode(std::string(11, '\xff')));
}

}  // namespace
}  // namespace rt::criu
