// SPDX-License-Identifier: Apache-2.0
//
// The kernel's own verdicts: a child loads the program and makes the calls.
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include <gtest/gtest.h>

#include "plan/seccomp.h"

namespace rt::plan {
namespace {

using enum oci::SeccompAction;
using enum oci::SeccompOperator;

constexpr int kCannotLoad = 100;

/// Loads the profile in a child, has it do `calls` and gives its wait status.
int under(const oci::Seccomp &profile, const std::function<int()> &calls)
{
    const auto program = compile_seccomp(profile);
    EXPECT_TRUE(program.ok());
    const pid_t child = ::fork();
    if (child == 0) {
        sock_fprog filter = {static_cast<unsigned short>(program->instructions.size()),
                             const_cast<sock_filter *>(program->instructions.data())};
        ::prctl(PR_SET_DUMPABLE, 0);
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &filter) != 0) {
            ::_exit(kCannotLoad);
        }
        // Not _exit(3), before which AddressSanitizer makes calls that the profile does not know.
        ::syscall(SYS_exit_group, calls());
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return status;
}

struct Call {
    long number;
    long args[3];
    int err;  // 0: succeeds
};

/// The place of the first call that did something else, counted from 1; 0 when all did as told.
template <std::size_t N>
int first_surprise(const Call (&calls)[N])
{
    for (std::size_t i = 0; i < N; ++i) {
        const Call &c = calls[i];
        const long result = ::syscall(c.number, c.args[0], c.args[1], c.args[2]);
        if ((result < 0 ? errno : 0) != c.err) {
            return static_cast<int>(i) + 1;
        }
    }
    return 0;
}

oci::Seccomp with(oci::SeccompAction action)
{
    return {.default_action = kAllow, .syscalls = {{{"getppid"}, action}}};
}

// spec: SeccompErrnoRet, SeccompActions
TEST(SeccompKernel, ErrnoIsWhatTheCallerSees)
{
    const oci::Seccomp profile = {
        .default_action = kErrno,
        .architectures = {"SCMP_ARCH_X86", "SCMP_ARCH_X32"},
        .syscalls = {{{"exit_group", "getpid", "close", "openat2"}, kAllow},
                     {{"getuid"}, kErrno, 38},
                     {{"getppid"}, kLog},
                     {{"personality"}, kAllow, {}, {{0, 0xffffffff, 0, kEq}}},
                     {{"personality"}, kAllow, {}, {{0, 8, 0, kEq}}},
                     {{"socket"}, kAllow, {}, {{0, 40, 0, kNe}}},
                     {{"clone"}, kErrno, 11, {{0, 0x10000000, 0x10000000, kMaskedEq}}}}};
    const int status = under(profile, [] {
        static constexpr Call kCalls[] = {
            {SYS_getpid, {}, 0},
            {SYS_getppid, {}, 0},
            {SYS_getuid, {}, ENOSYS},
            {SYS_getgid, {}, EPERM},
            {SYS_personality, {0xffffffff}, 0},
            {SYS_personality, {8}, 0},
            {SYS_personality, {1}, EPERM},
            {SYS_socket, {40, 1, 0}, EPERM},
            {SYS_socket, {-1, 1, 0}, EAFNOSUPPORT},
            {SYS_clone, {0x10000000}, EAGAIN},
            {SYS_clone, {0x00020000}, EPERM},
            {SYS_close, {-1}, EBADF},
            {SYS_openat2 + 3, {}, ENOSYS},
            {451, {}, ENOSYS},
            {SYS_openat2, {-1, 0, 0}, EINVAL},
        };
        return first_surprise(kCalls);
    });
    ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0) << "call " << WEXITSTATUS(status) << " did not do as told";
}

// spec: SeccompActions
TEST(SeccompKernel, KillAndTrapEndTheCaller)
{
    for (const oci::SeccompAction action : {kKillProcess, kKillThread, kTrap}) {
        const int status = under(with(action), [] { return static_cast<int>(::syscall(SYS_getppid) < 0); });
        ASSERT_TRUE(WIFSIGNALED(status)) << "exit " << WEXITSTATUS(status);
        EXPECT_EQ(WTERMSIG(status), SIGSYS);
    }
}

TEST(SeccompKernel, TrapCanBeCaught)
{
    const int status = under(with(kTrap), [] {
        ::signal(SIGSYS, [](int) { ::_exit(42); });
        ::syscall(SYS_getppid);
        return 0;
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST(SeccompKernel, TraceWithoutATracerIsEnosys)
{
    const int status = under(with(kTrace), [] {
        static constexpr Call kCalls[] = {{SYS_getppid, {}, ENOSYS}, {SYS_getpid, {}, 0}};
        return first_surprise(kCalls);
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace rt::plan
