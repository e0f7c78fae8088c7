// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <thread>

#include <gtest/gtest.h>

#include "kernel/calls_wait.h"

namespace rt::kernel {
namespace {

using namespace std::chrono_literals;

TEST(WaitRead, WaitsForAReaderThatComesLate)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const Fd out(ends[0]);
    const Fd in(ends[1]);
    ASSERT_EQ(::write(in.get(), "line", 4), 4);

    EXPECT_FALSE(wait_read(in, 1ms));
    std::jthread reader([&] {
        std::this_thread::sleep_for(20ms);
        std::array<char, 8> line{};
        EXPECT_EQ(::read(out.get(), line.data(), line.size()), 4);
    });
    EXPECT_TRUE(wait_read(in, 1min));
}

TEST(WaitRead, WhatIsNoPipeHasNoReader)
{
    const Fd file(::memfd_create("file", MFD_CLOEXEC));
    ASSERT_EQ(::write(file.get(), "line", 4), 4);
    ASSERT_EQ(::lseek(file.get(), 0, SEEK_SET), 0);
    EXPECT_TRUE(wait_read(file, 0ms));
}

}  // namespace
}  // namespace rt::kernel
