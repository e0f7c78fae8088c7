// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include <gtest/gtest.h>

#include "cli/numbers.h"

namespace rt::cli {
namespace {

using namespace std::chrono_literals;

// spec: CliEvents
TEST(Duration, IsWhatGoReads)
{
    const std::pair<const char *, std::chrono::nanoseconds> right[] = {
        {"5s", 5s},   {"500ms", 500ms}, {"1m30s", 90s}, {"1.5h", 90min}, {"+2s", 2s}, {"7us", 7us},
        {"7µs", 7us}, {"7μs", 7us},     {"9ns", 9ns},   {".5s", 500ms},  {"1.s", 1s}, {"0h1s", 1s},
    };
    for (const auto &[text, time] : right) {
        const auto read = duration("--interval", text);
        ASSERT_TRUE(read.ok()) << text;
        EXPECT_EQ(*read, time) << text;
    }
    for (const char *wrong : {"", "+", "0", "0s", "5", "s", "-1s", "1 s", "1..5s", ".s", "5x", "1s5", "1e3s",
                              "0.1ns", "99999999h", "infs"}) {
        EXPECT_FALSE(duration("--interval", wrong).ok()) << wrong;
    }
}

}  // namespace
}  // namespace rt::cli
