// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <utility>

#include <gtest/gtest.h>

#include "options/size.h"

namespace rt::options {
namespace {

// spec: CliUpdate
TEST(Size, IsReadWithUnitsAndAPoint)
{
    const std::pair<const char *, std::int64_t> right[] = {
        {"0", 0},
        {"64", 64},
        {"64b", 64},
        {"1k", 1024},
        {"1KiB", 1024},
        {"2gb", std::int64_t{2} << 30},
        {"1.5g", std::int64_t{3} << 29},
        {"0.5k", 512},
        {"1.000001m", (1 << 20) + 1},
        {"8388607t", std::int64_t{8388607} << 40},
        {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
    };
    for (const auto &[text, bytes] : right) {
        EXPECT_EQ(size_of(text), bytes) << text;
    }
    for (const char *wrong : {"", "-1", "+1", " 1", "1 ", "1.5", "1.", ".5g", "1.1234567m", "1.5b", "1x",
                              "1kk", "1ib", "k", "8388608t", "9223372036854775808", "1e3", "0x10"}) {
        EXPECT_FALSE(size_of(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace rt::options
