// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include <gtest/gtest.h>

#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"

namespace rt::kernel {
namespace {

/// A directory that goes away with the test.
class Directory {
public:
    Directory() : path_(::mkdtemp(name_)), fd_(std::move(openat(kCwd, path_, O_RDONLY | O_DIRECTORY)).take())
    {}
    ~Directory()
    {
        for (const char *name : {"s", "below"}) {
            ::unlinkat(fd_.get(), name, 0);
        }
        ::rmdir(path_.c_str());
    }
    FdRef fd() const { return fd_; }
    const std::string &path() const { return path_; }

private:
    char name_[32] = "/tmp/rt-socket.XXXXXX";
    std::string path_;
    Fd fd_;
};

bool close_on_exec(FdRef fd) { return (::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0; }

std::string text_of(FdRef socket, std::vector<Fd> *fds = nullptr)
{
    std::array<char, 64> bytes{};
    auto received = receive(socket, bytes);
    EXPECT_TRUE(received);
    if (fds != nullptr) {
        *fds = std::move(received->fds);
    }
    return {bytes.data(), received->size};
}

TEST(Socketpair, BothEndsAreCloseOnExec)
{
    auto pair = socketpair(SOCK_SEQPACKET);
    ASSERT_TRUE(pair);
    EXPECT_TRUE(close_on_exec(pair->ours));
    EXPECT_TRUE(close_on_exec(pair->theirs));
}

TEST(Socketpair, PacketsStayApart)
{
    auto pair = socketpair(SOCK_SEQPACKET);
    ASSERT_TRUE(pair);
    ASSERT_TRUE(send(pair->ours, std::string_view("one")));
    ASSERT_TRUE(send(pair->ours, std::string_view("two")));
    EXPECT_EQ(text_of(pair->theirs), "one");
    EXPECT_EQ(text_of(pair->theirs), "two");
}

TEST(Socketpair, EndOfTheOtherSideIsNothingToReceiveAndNoSignalToSend)
{
    auto pair = socketpair(SOCK_SEQPACKET);
    ASSERT_TRUE(pair);
    pair->theirs = Fd();
    EXPECT_EQ(text_of(pair->ours), "");
    const Status sent = send(pair->ours, std::string_view("x"));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().err(), EPIPE);
}

TEST(Rights, DescriptorsArriveCloseOnExecAndAreTheSameFile)
{
    auto pair = socketpair(SOCK_SEQPACKET);
    auto file = memfd_create("passed", 0);
    ASSERT_TRUE(pair && file);
    ASSERT_TRUE(write_all(*file, "content"));
    const int fds[] = {file->get(), file->get()};
    ASSERT_TRUE(send(pair->ours, std::string_view("two files"), fds));
    std::vector<Fd> received;
    EXPECT_EQ(text_of(pair->theirs, &received), "two files");
    ASSERT_EQ(received.size(), 2U);
    EXPECT_TRUE(close_on_exec(received[0]));
    EXPECT_EQ(*pread(received[1], 16, 0), "content");
}

TEST(Rights, MoreThanOnePacketHoldsIsRefused)
{
    auto pair = socketpair(SOCK_SEQPACKET);
    ASSERT_TRUE(pair);
    const std::vector<int> fds(33, pair->ours.get());
    EXPECT_FALSE(send(pair->ours, std::string_view("x"), fds));
}

TEST(Listen, IsReachedBelowItsDirectory)
{
    const Directory dir;
    auto listener = listen_at(dir.fd(), "s");
    ASSERT_TRUE(listener);
    auto client = connect_at(dir.fd(), "s", SOCK_SEQPACKET);
    ASSERT_TRUE(client);
    const Fd server(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
    ASSERT_TRUE(send(*client, std::string_view("hello")));
    EXPECT_EQ(text_of(server), "hello");
}

TEST(Listen, LeftoverIsAnError)
{
    const Directory dir;
    ASSERT_TRUE(listen_at(dir.fd(), "s"));
    auto again = listen_at(dir.fd(), "s");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().err(), EADDRINUSE);
}

TEST(Connect, NobodyThereIsNamed)
{
    const Directory dir;
    auto missing = connect_at(dir.fd(), "s", SOCK_STREAM);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().err(), ENOENT);
    EXPECT_NE(missing.error().text().find("connect(\"s\")"), std::string::npos);
    {
        ASSERT_TRUE(listen_at(dir.fd(), "s"));
    }
    auto left = connect_at(dir.fd(), "s", SOCK_SEQPACKET);
    ASSERT_FALSE(left);
    EXPECT_EQ(left.error().err(), ECONNREFUSED);
}

TEST(Connect, PathMayBeLongerThanAnAddress)
{
    const Directory dir;
    auto listener = listen_at(dir.fd(), "s");
    ASSERT_TRUE(listener);
    std::string path = dir.path();
    while (path.size() < 200) {
        path += "/.";
    }
    EXPECT_TRUE(connect_at(kCwd, path + "/s", SOCK_SEQPACKET));
    EXPECT_EQ(connect_at(kCwd, std::string(200, 'x'), SOCK_SEQPACKET).error().err(), ENAMETOOLONG);
}

}  // namespace
}  // namespace rt::kernel
