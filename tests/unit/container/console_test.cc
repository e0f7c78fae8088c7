// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "container/console.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"

namespace rt::container {
namespace {

struct Pty {
    Fd master, slave;
};

Pty make_pty()
{
    int master = -1;
    int slave = -1;
    EXPECT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
    return {Fd(master), Fd(slave)};
}

bool is_raw(FdRef terminal)
{
    termios modes = {};
    return ::tcgetattr(terminal.get(), &modes) == 0 && (modes.c_lflag & (ICANON | ECHO | ISIG)) == 0;
}

/// Our standard input and output are a terminal of the test's as long as it lives.
class ConsoleTest : public testing::Test {
protected:
    void SetUp() override
    {
        ours_ = make_pty();
        theirs_ = make_pty();
        for (int fd = 0; fd < 2; ++fd) {
            saved_[fd] = Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
            ASSERT_EQ(::dup2(ours_.slave.get(), fd), fd);
        }
    }
    void TearDown() override
    {
        for (int fd = 0; fd < 2; ++fd) {
            ::dup2(saved_[fd].get(), fd);
        }
    }
    Result<Console> receive(bool sized = false)
    {
        auto pair = kernel::socketpair(SOCK_STREAM);
        const int fds[] = {theirs_.master.get()};
        EXPECT_TRUE(kernel::send(pair->theirs, std::string_view("/dev/pts/0"), fds));
        return Console::receive(pair->ours, sized);
    }

    Pty ours_, theirs_;
    Fd saved_[2];
};

// spec: RunTerminal
TEST_F(ConsoleTest, OurTerminalIsRawWhileItLivesAndThenAsBefore)
{
    EXPECT_FALSE(is_raw(ours_.slave));
    {
        auto console = receive();
        ASSERT_TRUE(console);
        EXPECT_TRUE(is_raw(ours_.slave));
        const Console moved = std::move(console).take();
        EXPECT_TRUE(is_raw(ours_.slave));
    }
    EXPECT_FALSE(is_raw(ours_.slave));
}

// spec: ProcConsoleSize
TEST_F(ConsoleTest, OurSizeBecomesTheirsUnlessTheConfigHasOne)
{
    const winsize size = {24, 81, 0, 0};
    ASSERT_EQ(::ioctl(ours_.master.get(), TIOCSWINSZ, &size), 0);
    winsize got = {};
    ASSERT_TRUE(receive(true));
    ASSERT_EQ(::ioctl(theirs_.slave.get(), TIOCGWINSZ, &got), 0);
    EXPECT_EQ(got.ws_col, 0);
    ASSERT_TRUE(receive(false));
    ASSERT_EQ(::ioctl(theirs_.slave.get(), TIOCGWINSZ, &got), 0);
    EXPECT_EQ(got.ws_col, 81);
    EXPECT_EQ(got.ws_row, 24);
}

TEST_F(ConsoleTest, WhatIsTypedAndPrintedPasses)
{
    auto received = receive();
    ASSERT_TRUE(received);
    Console console = std::move(received).take();
    ASSERT_TRUE(kernel::write_all(ours_.master, "typed\n"));
    console.from_terminal();
    EXPECT_EQ(*kernel::read(theirs_.slave, 64), "typed\n");
    while (console.to_terminal()) {  // the echo
        console.print();
    }
    ASSERT_TRUE(kernel::read(ours_.master, 64));
    ASSERT_TRUE(kernel::write_all(theirs_.slave, "printed"));
    EXPECT_TRUE(console.to_terminal());
    EXPECT_TRUE(console.wants_to_print());
    console.print();
    EXPECT_FALSE(console.wants_to_print());
    EXPECT_EQ(*kernel::read(ours_.master, 64), "printed");
    EXPECT_FALSE(console.to_terminal());
}

TEST_F(ConsoleTest, WithoutADescriptorThereIsNoConsole)
{
    auto pair = kernel::socketpair(SOCK_STREAM);
    ASSERT_TRUE(pair);
    ASSERT_TRUE(kernel::send(pair->theirs, std::string_view("/dev/pts/0")));
    EXPECT_FALSE(Console::receive(pair->ours, false));
    EXPECT_FALSE(is_raw(ours_.slave));
}

}  // namespace
}  // namespace rt::container
