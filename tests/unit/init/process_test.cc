// SPDX-License-Identifier: Apache-2.0
//
// What changes the process itself: hooks, privileges, descriptors, waiting.
#include <linux/capability.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <ctime>

#include "in_root.h"

namespace rt::init {
namespace {

double now()
{
    timespec t = {};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

Record shell_hook(Stage &stage, const std::string &script, std::uint64_t timeout = 0)
{
    Record r = record(Op::kHook, 0, timeout);
    r.s1 = stage.plan().text("/bin/sh");
    r.s2 = stage.plan().words({"hook", "-c", script, "hook"});
    r.s3 = stage.plan().words({"PATH=/usr/bin:/bin", "COLOUR=blue"});
    r.b = stage.plan().text("{\"pid\":");
    r.c = stage.plan().text("}");
    return r;
}

// spec: CreateContainerTiming
TEST(Hook, GetsTheStateItsEnvironmentAndNothingElse)
{
    in_child([] {
        Stage stage;
        const int kept = ::open("/mnt", O_PATH);  // not close-on-exec
        Record r = shell_hook(stage, "cat; echo; echo $COLOUR $HOME; test -e /proc/$$/fd/" +
                                         std::to_string(kept) + " || echo closed");
        r.fd = ::open("/mnt/outside/log", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        EXPECT_EQ(stage.run(r), 0);
        EXPECT_EQ(contents("/mnt/outside/log"),
                  "{\"pid\":" + std::to_string(::getpid()) + "}\nblue\nclosed\n");
        ::close(kept);
    });
}

TEST(Hook, FailureIsItsWaitStatus)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(stage.run(shell_hook(stage, "exit 3")), -1);
        EXPECT_EQ(stage.message().detail, 3U << 8);
        EXPECT_EQ(stage.run(shell_hook(stage, "kill -9 $$")), -1);
        EXPECT_EQ(stage.message().detail, 9U);
    });
}

TEST(Hook, ThatCannotBeExecutedSaysWhy)
{
    in_child([] {
        Stage stage;
        Record r = shell_hook(stage, "");
        r.s1 = stage.plan().text("/nowhere/hook");
        EXPECT_EQ(stage.run(r), ENOENT);
        EXPECT_EQ(stage.message().detail, static_cast<std::uint32_t>(__NR_execve));
    });
}

// spec: PosixHooksTimeoutKills
TEST(Hook, TimeoutEndsItsWholeGroup)
{
    in_child([] {
        Stage stage;
        int alive[2] = {};
        EXPECT_EQ(::pipe(alive), 0);
        Record r = shell_hook(stage, "sleep 1000 & sleep 1000", 200);
        r.fd = alive[1];
        const double begin = now();
        EXPECT_EQ(stage.run(r), -1);
        EXPECT_EQ(stage.message().detail, kHookTimedOut);
        EXPECT_LT(now() - begin, 100.0);
        ::close(alive[1]);
        pollfd end = {.fd = alive[0], .events = POLLIN, .revents = 0};
        EXPECT_EQ(::poll(&end, 1, 100'000), 1);  // nobody holds the other end: the grandchild is gone too
    });
}

TEST(Hook, BackgroundChildHoldsNobodyUp)
{
    in_child([] {
        Stage stage;
        const double begin = now();
        EXPECT_EQ(stage.run(shell_hook(stage, "sleep 60 >/dev/null 2>&1 & exit 0")), 0);
        EXPECT_LT(now() - begin, 30.0);
    });
}

TEST(Hook, RunsWithTheSetsOfItsCapset)
{
    in_child([] {
        Stage stage;
        stage.plan().add(call(__NR_getpid));
        Record r = shell_hook(stage, "grep CapInh /proc/self/status");
        r.n = 2;
        r.fd = ::open("/mnt/outside/log", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        stage.plan().add(r);
        stage.plan().add(record(Op::kCapset, 0, 0x20, 0x20, 0x20));
        EXPECT_EQ(stage.run(), 0);
        EXPECT_EQ(contents("/mnt/outside/log"), "CapInh:\t0000000000000020\n");
    });
}

// spec: PosixProcRlimitsSoftMatchCur, PosixProcRlimitsHardMatchMax
TEST(Rlimit, IsExactOrOnlyRaised)
{
    in_child([] {
        Stage stage;
        rlimit limit = {};
        EXPECT_EQ(stage.run(record(Op::kRlimit, 0, RLIMIT_CORE, 10, 20)), 0);
        ::getrlimit(RLIMIT_CORE, &limit);
        EXPECT_EQ(limit.rlim_cur, 10U);
        EXPECT_EQ(limit.rlim_max, 20U);
        EXPECT_EQ(stage.run(record(Op::kRlimit, kRaiseOnly, RLIMIT_CORE, 5, 15)), 0);
        ::getrlimit(RLIMIT_CORE, &limit);
        EXPECT_EQ(limit.rlim_max, 20U);
        if (::prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE) == 1) {
            EXPECT_EQ(stage.run(record(Op::kRlimit, kRaiseOnly, RLIMIT_CORE, 5, 30)), 0);
            ::getrlimit(RLIMIT_CORE, &limit);
            EXPECT_EQ(limit.rlim_cur, 10U);
            EXPECT_EQ(limit.rlim_max, 30U);
        }
        EXPECT_EQ(stage.run(record(Op::kRlimit, 0, RLIMIT_CORE, 31, 30)), EINVAL);
    });
}

// spec: ProcUserImplement, LinuxProcCapabilities
TEST(Privileges, ShrinkToWhatWasAsked)
{
    in_child([] {
        Stage stage;
        const std::uint64_t kill = std::uint64_t{1} << CAP_KILL, chown = std::uint64_t{1} << CAP_CHOWN;
        const std::uint32_t groups[] = {11, 12};
        stage.plan().add(record(Op::kBoundingDrop, 0, kill | chown));
        stage.plan().add(call(__NR_prctl, PR_SET_KEEPCAPS, 1));
        Record r = call(__NR_setgroups, 2);
        r.s2 = stage.plan().bytes(groups, sizeof(groups));
        stage.plan().add(r);
        stage.plan().add(record(Op::kIds, 0, 1000, 1001, 027));
        stage.plan().add(call(__NR_prctl, PR_SET_KEEPCAPS, 0));
        stage.plan().add(record(Op::kCapset, 0, kill, kill | chown, kill));
        for (const std::uint64_t cap : {CAP_KILL, CAP_CHOWN}) {  // chown is not inheritable
            Record raise = call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap);
            raise.flags = kMayFail;
            stage.plan().add(raise);
        }
        stage.plan().add(call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1));
        EXPECT_EQ(stage.run(), 0);
        gid_t list[4] = {};
        EXPECT_EQ(::getgroups(4, list), 2);
        EXPECT_EQ(list[1], 12U);
        EXPECT_EQ(::getuid(), 1000U);
        EXPECT_EQ(::getegid(), 1001U);
        EXPECT_EQ(::umask(0), 027U);
        EXPECT_EQ(::prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN), 0);
        EXPECT_EQ(::prctl(PR_CAPBSET_READ, CAP_CHOWN), 1);
        EXPECT_EQ(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 1);
        EXPECT_EQ(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 0);
        EXPECT_EQ(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
        EXPECT_EQ(::prctl(PR_GET_DUMPABLE), 0);
        EXPECT_NE(stage.run(record(Op::kIds, 0, 0, 0, kNoUmask)), 0);
    });
}

TEST(Call, ItsErrnoIsToldAndItsAnswerIsNot)
{
    in_child([] {
        Stage stage;
        EXPECT_EQ(stage.run(call(__NR_getpid)), 0);
        EXPECT_EQ(stage.run(call(__NR_close, 12345)), EBADF);
        EXPECT_EQ(stage.message().detail, static_cast<std::uint32_t>(__NR_close));
        EXPECT_EQ(stage.run(call(__NR_mkdirat, std::uint64_t(AT_FDCWD), 0, 0700), {"", "/mnt/made"}), 0);
        EXPECT_TRUE(exists("/mnt/made"));
        Record r = call(__NR_close, 12345);
        r.flags = kMayFail;
        EXPECT_EQ(stage.run(r), EBADF) << "only EPERM may be";
    });
}

// spec: LinuxProcIOPriority
TEST(Call, IoPriorityIsThatOfTheWholeGroup)
{
    in_child([] {
        Stage stage;
        ::setpgid(0, 0);
        const pid_t other = ::fork();
        if (other == 0) {
            ::pause();
        }
        constexpr int kGroup = 2, kProcess = 1, kIdleClass = 3 << 13;
        EXPECT_EQ(stage.run(call(__NR_ioprio_set, kGroup, 0, kIdleClass)), 0);
        EXPECT_EQ(::syscall(__NR_ioprio_get, kProcess, other), kIdleClass);
        ::kill(other, SIGKILL);
        ::waitpid(other, nullptr, 0);
    });
}

// spec: OnlyAskedDescriptors
TEST(CloseFds, KeepsWhatWasAskedForAndTheOneThatReports)
{
    in_child([] {
        Stage stage;
        const int parent = ::dup2(stage.parent_end(), 300);
        for (int fd = 3; fd < 6; ++fd) {
            ::dup2(0, fd);
        }
        stage.context().report = ::dup2(stage.context().report, 200);
        stage.plan().add(record(Op::kCloseFds, 0, 5));
        EXPECT_EQ(stage.run(), 0);
        EXPECT_GE(::fcntl(4, F_GETFD), 0);
        EXPECT_EQ(::fcntl(5, F_GETFD), -1);
        EXPECT_EQ(::fcntl(parent, F_GETFD), -1);
        EXPECT_GE(::fcntl(200, F_GETFD), 0);
    });
}

// A working directory that is a magic link to a directory of the host (CVE-2024-21626).
// spec: CwdInContainer
TEST(Chdir, MagicLinkIsRefused)
{
    in_child([] {
        Stage stage;
        ::mkdir("/mnt/root/proc", 0755);
        EXPECT_EQ(::mount("proc", "/mnt/root/proc", "proc", 0, nullptr), 0);
        const int leaked = ::open("/mnt/outside", O_PATH | O_DIRECTORY | O_CLOEXEC);
        EXPECT_EQ(stage.run(record(Op::kPivot)), EINVAL);  // /mnt/root is no mount
        EXPECT_EQ(stage.run(record(Op::kChroot)), 0);
        EXPECT_EQ(stage.run(record(Op::kChdir), {"/proc/self/fd/" + std::to_string(leaked)}), ELOOP);
        EXPECT_EQ(stage.run(record(Op::kChdir), {"/made/work"}), 0);
        char cwd[64] = {};
        EXPECT_STREQ(::getcwd(cwd, sizeof(cwd)), "/made/work");
    });
}

TEST(Park, OnlySomebodyWhoSpeaksCounts)
{
    in_child([] {
        Stage stage;
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::string("/mnt/outside/start").copy(address.sun_path, sizeof(address.sun_path) - 1);
        const auto *where = reinterpret_cast<const sockaddr *>(&address);
        Record r = record(Op::kPark);
        r.fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        EXPECT_EQ(::bind(r.fd, where, sizeof(address)), 0);
        EXPECT_EQ(::listen(r.fd, 8), 0);
        const int silent = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        EXPECT_EQ(::connect(silent, where, sizeof(address)), 0);
        ::close(silent);
        const int start = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        EXPECT_EQ(::connect(start, where, sizeof(address)), 0);
        EXPECT_EQ(::write(start, "s", 1), 1);
        stage.plan().add(r);
        Record exec = record(Op::kExec);
        exec.s1 = stage.plan().words({"/nowhere"});
        exec.s2 = stage.plan().words({"nowhere"});
        stage.plan().add(exec);
        stage.run();
        Message m = {};
        EXPECT_EQ(::recv(start, &m, sizeof(m), 0), static_cast<ssize_t>(sizeof(m)));
        EXPECT_EQ(m.msg, Msg::kFailed);
        EXPECT_EQ(m.err, ENOENT);
    });
}

// spec: ProcTerminal
TEST(Console, IsThePairOfTheContainersDevpts)
{
    in_child([] {
        Stage stage;
        ::signal(SIGHUP, SIG_IGN);  // the master goes when its message is thrown away
        ::mkdir("/mnt/root/dev", 0755);
        ::mkdir("/mnt/root/dev/pts", 0755);
        int ends[2] = {};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        Record r = record(Op::kConsole, 0, 33, 99, 1000);
        r.fd = ::dup(ends[1]);
        EXPECT_EQ(stage.run(r), ENODEV);
        EXPECT_EQ(stage.message().detail, kNotDevpts);
        EXPECT_EQ(::mount("devpts", "/mnt/root/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666"), 0);
        r.fd = ::dup(ends[1]);
        EXPECT_EQ(::symlink("/mnt/outside/victim", "/mnt/root/dev/console"), 0);
        EXPECT_EQ(stage.run(r), EEXIST);  // CVE-2026-88264
        EXPECT_FALSE(exists("/mnt/outside/victim"));
        ::unlink("/mnt/root/dev/console");
        const int out = ::fcntl(1, F_DUPFD_CLOEXEC, 3);
        ::setsid();
        r.fd = ::dup(ends[1]);
        const int err = stage.run(r);
        struct stat st = {};
        ::fstat(0, &st);
        ::dup2(out, 1);
        EXPECT_EQ(err, 0) << stage.message().detail;
        EXPECT_EQ(st.st_uid, 1000U);
        struct stat console = {};
        ::stat("/mnt/root/dev/console", &console);
        EXPECT_EQ(console.st_rdev, st.st_rdev);
        char name[32] = {};
        EXPECT_GT(::recv(ends[0], name, sizeof(name), 0), 0);
        EXPECT_EQ(std::string(name).rfind("/dev/pts/", 0), 0U) << name;
    });
}

}  // namespace
}  // namespace rt::init
