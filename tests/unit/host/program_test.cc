// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <gtest/gtest.h>

#include "host/program.h"

namespace rt::host {
namespace {

TEST(LastLines, SkipBlankOnes)
{
    auto output = program_output();
    ASSERT_TRUE(output);
    EXPECT_EQ(last_lines(*output), "");
    ASSERT_EQ(::write(output->get(), "a\nb c \n\n \n", 10), 10);
    EXPECT_EQ(last_lines(*output), "a | b c");
}

}  // namespace
}  // namespace rt::host
