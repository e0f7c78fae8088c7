// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include <gtest/gtest.h>

#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/release.h"

namespace rt::kernel {
namespace {

Result<Child> spawn_shell(const char *script, Spawn request = {})
{
    char shell[] = "sh", option[] = "-c";
    char *const argv[] = {shell, option, const_cast<char *>(script), nullptr};
    char *const envp[] = {nullptr};
    request.path = "/bin/sh";
    request.argv = argv;
    request.envp = envp;
    return spawn(request);
}

int status_of(const char *script, Spawn request = {})
{
    auto child = spawn_shell(script, request);
    EXPECT_TRUE(child);
    auto status = reap(child->pidfd);
    EXPECT_TRUE(status);
    return *status;
}

TEST(Release, IsTheFirstTwoNumbers)
{
    EXPECT_TRUE(release_of("6.1.0-13-amd64") >= (Release{6, 1}));
    EXPECT_TRUE(release_of("6.12-rc1") >= (Release{6, 9}));
    EXPECT_FALSE(release_of("5.10.0") >= (Release{5, 12}));
    EXPECT_FALSE(release_of("x.y") >= (Release{0, 1}));
}

TEST(Spawn, StatusIsThatOfWait)
{
    EXPECT_EQ(status_of("exit 7"), W_EXITCODE(7, 0));
    EXPECT_EQ(status_of("kill -9 $$"), W_EXITCODE(0, SIGKILL));
}

TEST(Spawn, ProgramThatIsNotThereIsAnErrorAndNoChild)
{
    char *const none[] = {nullptr};
    Spawn request;
    request.path = "/nowhere";
    request.argv = none;
    request.envp = none;
    auto child = spawn(request);
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().text(), "execve(\"/nowhere\"): No such file or directory");
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

TEST(Spawn, OnlyWhatIsNamedIsInherited)
{
    const Fd kept(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
        closed(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int inherited[] = {kept.get()};
    Spawn request;
    request.inherited = inherited;
    const std::string script = "test -e /proc/self/fd/" + std::to_string(kept.get()) +
                               " && ! test -e /proc/self/fd/" + std::to_string(closed.get());
    EXPECT_EQ(status_of(script.c_str(), request), 0);
}

TEST(Spawn, OurSignalMaskStaysAndItsOwnIsEmpty)
{
    sigset_t blocked = {}, before = {}, after = {};
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::sigprocmask(SIG_SETMASK, &blocked, &before);
    EXPECT_EQ(status_of("grep -q '^SigBlk:.0*$' /proc/self/status"), 0);
    ::sigprocmask(SIG_SETMASK, &before, &after);
    EXPECT_EQ(::sigismember(&after, SIGUSR1), 1);
    EXPECT_EQ(::sigismember(&after, SIGUSR2), 0);
}

TEST(Pidfd, KnowsItsPidAndHearsOfTheEnd)
{
    auto procfs = open_procfs();
    ASSERT_TRUE(procfs);
    auto child = spawn_shell("exec sleep 1000");
    ASSERT_TRUE(child);
    EXPECT_EQ(*pid_of(*procfs, child->pidfd), child->pid);
    EXPECT_FALSE(*wait_ended(child->pidfd, 0));
    ASSERT_TRUE(pidfd_send_signal(child->pidfd, SIGKILL));
    EXPECT_TRUE(*wait_ended(child->pidfd, 100'000));
    EXPECT_EQ(process_stat(*procfs, child->pid)->state, 'Z');
    ASSERT_TRUE(reap(child->pidfd));
    EXPECT_EQ(process_stat(*procfs, child->pid).error().err(), ESRCH);
}

TEST(Stat, NameMayHoldAnything)
{
    auto stat = parse_stat("7 (a) b) S) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20\n");
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->state, 'R');
    EXPECT_EQ(stat->threads, 17U);
    EXPECT_EQ(stat->start, 4242U);
    EXPECT_FALSE(parse_stat("7 (a) R 1 2"));
    EXPECT_FALSE(parse_stat(""));
}

}  // namespace
}  // namespace rt::kernel
