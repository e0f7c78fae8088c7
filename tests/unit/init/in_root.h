// SPDX-License-Identifier: Apache-2.0
//
// Operations of the init stage, compiled hosted, against the real kernel: in a child with a mount namespace
// of its own, where /mnt is a tmpfs with the directories root (the container's) and outside (not its
// business).
#pragma once

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "encoder.h"
#include "init/context.h"

namespace rt::init {

/// Runs `body` in such a child; its failures are failures of the test.
inline void in_child(const std::function<void()> &body, int more_namespaces = 0)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root";
    }
    const pid_t pid = ::fork();
    if (pid == 0) {
        const bool ready = ::unshare(CLONE_NEWNS | more_namespaces) == 0 &&
                           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                           ::mount("tmpfs", "/mnt", "tmpfs", 0, nullptr) == 0 &&
                           ::mkdir("/mnt/root", 0755) == 0 && ::mkdir("/mnt/outside", 0755) == 0;
        EXPECT_TRUE(ready);
        ::umask(0);
        if (ready) {
            body();
        }
        ::fflush(stdout);
        ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    int status = -1;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
}

/// Root may no more walk where modes forbid it.
inline void respect_modes()
{
    __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct sets[2] = {};
    EXPECT_EQ(::syscall(__NR_capget, &header, sets), 0);
    sets[0].effective &= ~((1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH));
    EXPECT_EQ(::syscall(__NR_capset, &header, sets), 0);
}

/// A context whose root is /mnt/root, and what happened when records were run in it.
class Stage {
public:
    explicit Stage(bool walks = false)
    {
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync_), 0);
        c_.report = sync_[1];
        c_.root = ::open("/mnt/root", O_PATH | O_CLOEXEC);
        c_.walks = walks;
        c_.tied = false;
    }
    Context &context() { return c_; }
    Encoder &plan() { return plan_; }
    int parent_end() const { return sync_[0]; }
    /// Runs all records; 0, or the errno that was reported.
    int run()
    {
        blob_ = plan_.blob(sync_[1]);
        plan_ = Encoder();
        c_.base = blob_.data();
        c_.size = static_cast<std::uint32_t>(blob_.size());
        c_.step = 0;
        message_ = {};
        if (init::run(c_) == 0) {
            return 0;
        }
        if (::recv(sync_[0], &message_, sizeof(message_), MSG_DONTWAIT) <= 0) {
            return -2;  // it told somebody else
        }
        return message_.err != 0 ? message_.err : -1;
    }
    const Message &message() const { return message_; }

    /// One record with up to three strings.
    int run(Record r, const std::vector<std::string> &strings = {})
    {
        std::uint32_t *const fields[] = {&r.s1, &r.s2, &r.s3};
        for (std::size_t i = 0; i < strings.size(); ++i) {
            *fields[i] = strings[i].empty() ? 0 : plan_.text(strings[i]);
        }
        plan_.add(r);
        return run();
    }

private:
    Context c_;
    Encoder plan_;
    std::string blob_;
    int sync_[2] = {-1, -1};
    Message message_ = {};
};

inline Record record(Op op, std::uint16_t flags, std::uint64_t a = 0, std::uint64_t b = 0,
                     std::uint64_t c = 0)
{
    Record r = record(op);
    r.flags = flags;
    r.a = a;
    r.b = b;
    r.c = c;
    return r;
}

inline std::string contents(const std::string &path)
{
    std::string text(4096, '\0');
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const ssize_t n = ::read(fd, text.data(), text.size());
    ::close(fd);
    text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return n < 0 ? "(error)" : text;
}

inline void put(const std::string &path, const std::string &text)
{
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size())) << path;
    ::close(fd);
}

inline bool exists(const std::string &path)
{
    struct stat st = {};
    return ::lstat(path.c_str(), &st) == 0;
}

}  // namespace rt::init
