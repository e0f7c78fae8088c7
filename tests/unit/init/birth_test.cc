// SPDX-License-Identifier: Apache-2.0
//
// The container's first process: who it is born as, where it is accounted, what filters it.
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>

#include "in_root.h"

namespace rt::init {
namespace {

long session_keyring() { return ::syscall(__NR_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0); }

TEST(Keyring, IsANewSessionOne)
{
    in_child([] {
        Stage stage;
        const long before = session_keyring();
        if (before < 0 && errno == ENOSYS) {
            GTEST_SKIP() << "needs keyrings";
        }
        EXPECT_EQ(stage.run(record(Op::kKeyring), {"_ses.rt-test"}), 0);
        EXPECT_NE(session_keyring(), before);
        char text[128] = {};
        EXPECT_GT(::syscall(__NR_keyctl, KEYCTL_DESCRIBE, session_keyring(), text, sizeof(text)), 0);
        EXPECT_NE(std::string(text).find(";3f1b0000;_ses.rt-test"), std::string::npos) << text;
    });
}

TEST(Keyring, AKernelWithoutThemIsFine)
{
    in_child([] {
        Stage stage;
        sock_filter none[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_keyctl, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        Record r = record(Op::kSeccomp);
        r.s1 = stage.plan().bytes(none, sizeof(none));
        r.n = 4;
        EXPECT_EQ(stage.run(r), 0);
        EXPECT_EQ(stage.run(record(Op::kKeyring), {"_ses.rt-test"}), 0);
    });
}

// spec: SeccompActions
TEST(Seccomp, FiltersFromNowOn)
{
    in_child([] {
        Stage stage;
        sock_filter refuse_getppid[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 0, 1),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 77),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        Record r = record(Op::kSeccomp, 0, SECCOMP_FILTER_FLAG_LOG);
        r.s1 = stage.plan().bytes(refuse_getppid, sizeof(refuse_getppid));
        r.n = 4;
        EXPECT_EQ(stage.run(r), 0);
        EXPECT_EQ(::syscall(__NR_getppid), -1);
        EXPECT_EQ(errno, 77);
        EXPECT_EQ(::prctl(PR_GET_SECCOMP), SECCOMP_MODE_FILTER);
        r.s1 = stage.plan().bytes(refuse_getppid, sizeof(refuse_getppid));
        r.n = 2;  // ends without a return
        EXPECT_EQ(stage.run(r), EINVAL);
    });
}

TEST(JoinCgroups, SaysNoughtToEachAndClosesIt)
{
    in_child([] {
        Stage stage;
        const char *const files[] = {"/mnt/outside/a", "/mnt/outside/b", "/mnt/outside/c"};
        for (const char *file : files) {
            stage.context().cgroups[stage.context().cgroup_count++] =
                ::open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        }
        const int second = stage.context().cgroups[1];
        EXPECT_EQ(stage.run(record(Op::kJoinCgroups, 0, 0, 2)), 0);
        EXPECT_EQ(contents(files[0]) + contents(files[1]), "00");
        EXPECT_EQ(contents(files[2]), "");
        EXPECT_EQ(::fcntl(second, F_GETFD), -1);
        EXPECT_EQ(stage.run(record(Op::kJoinCgroups, 0, 2, 1)), 0);
        EXPECT_EQ(contents(files[2]), "0");
        EXPECT_EQ(stage.run(record(Op::kJoinCgroups, 0, 2, 2)), EBADF) << "more than came";
    });
}

// The first stage's sibling goes on with the records; the first stage ends.
TEST(Fork, GoesOnInASiblingWhoseBirthIsToldFirst)
{
    in_child([] {
        Stage stage;
        const pid_t first = ::fork();
        if (first == 0) {
            stage.context().tied = false;
            stage.plan().add(record(Op::kFork));
            stage.plan().add(record(Op::kTell, 0, static_cast<std::uint64_t>(Msg::kCreated)));
            stage.run();
            ::_exit(42);
        }
        Message message = {};
        iovec data = {&message, sizeof(message)};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
        msghdr header = {};
        header.msg_iov = &data;
        header.msg_iovlen = 1;
        header.msg_control = control;
        header.msg_controllen = sizeof(control);
        EXPECT_GT(::recvmsg(stage.parent_end(), &header, 0), 0);
        EXPECT_EQ(message.msg, Msg::kForked);
        EXPECT_NE(CMSG_FIRSTHDR(&header), nullptr) << "its pidfd";
        const auto second = static_cast<pid_t>(message.detail);
        EXPECT_NE(second, first);
        EXPECT_GT(::recv(stage.parent_end(), &message, sizeof(message), 0), 0);
        EXPECT_EQ(message.msg, Msg::kCreated);
        int status = -1;
        EXPECT_EQ(::waitpid(first, &status, 0), first);
        EXPECT_EQ(status, 0);
        EXPECT_EQ(::waitpid(second, &status, 0), second) << "our child, not the first stage's";
        EXPECT_EQ(WEXITSTATUS(status), 42);
    });
}

}  // namespace
}  // namespace rt::init
