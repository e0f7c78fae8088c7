// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "layerctl/progress.h"

namespace {

using namespace std::chrono_literals;
using rt::layerctl::progress_line;

constexpr std::uint64_t kMiB = 1 << 20;

TEST(ProgressLine, SaysShareAmountFilesRateAndTimeLeft)
{
    EXPECT_EQ(progress_line(200 * kMiB, 50 * kMiB, 1234, 2s),
              "25 %  50.0 MiB of 200.0 MiB, 1234 files, 25.0 MiB/s, 6 s left");
}

TEST(ProgressLine, WithoutAnExpectationThereIsNoShareAndNoEnd)
{
    EXPECT_EQ(progress_line(0, 3 * kMiB, 1, 1500ms), "3.0 MiB, 1 file, 2.0 MiB/s");
}

TEST(ProgressLine, OfWhatOthersFetchSaysAmountRateAndTime)
{
    rt::layer::Meter meter;
    EXPECT_EQ(rt::layerctl::fetch_line(meter, 0ms), "fetching 0 B, 0 B/s, 0 s");
    meter.bytes = 12 * kMiB;
    EXPECT_EQ(rt::layerctl::fetch_line(meter, 3s), "fetching 12.0 MiB, 4.0 MiB/s, 3 s");
}

TEST(ProgressLine, NothingDoneYetHasNoTimeLeft)
{
    EXPECT_EQ(progress_line(kMiB, 0, 0, 0ms), "0 %  0 B of 1.0 MiB, 0 files, 0 B/s");
}

TEST(ProgressLine, MoreThanExpectedIsAllOfIt)
{
    EXPECT_EQ(progress_line(kMiB, 2 * kMiB, 7, 1s),
              "100 %  1.0 MiB of 1.0 MiB, 7 files, 1.0 MiB/s, 0 s left");
}

TEST(ProgressLine, WhatAChildMayHaveMadeUpIsANumberStill)
{
    const std::uint64_t most = ~std::uint64_t{0};
    EXPECT_EQ(progress_line(most, most, most, 0ms).find('-'), std::string::npos);
    EXPECT_TRUE(progress_line(most, most / 2, 0, 1s).starts_with("50 %") ||
                progress_line(most, most / 2, 0, 1s).starts_with("49 %"));
}

}  // namespace
