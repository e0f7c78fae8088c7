// SPDX-License-Identifier: Apache-2.0
//
// The embedded program itself, started as a container's creator starts it.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "encoder.h"
#include "init/blob.h"

namespace rt::init {
namespace {

int memfd(const char *name, const void *bytes, std::size_t size)
{
    const int fd = ::memfd_create(name, 0);
    EXPECT_EQ(::write(fd, bytes, size), static_cast<ssize_t>(size));
    ::lseek(fd, 0, SEEK_SET);
    return fd;
}

/// A blob at work: our end of its socket, its process.
struct Stage {
    int sync = -1;
    pid_t pid = -1;

    int wait() const
    {
        int status = -1;
        ::waitpid(pid, &status, 0);
        return status;
    }
    /// It has made sure that we are there, and begun; or ended.
    void wait_begun() const
    {
        const std::string path = "/proc/" + std::to_string(pid) + "/comm";
        siginfo_t ended = {};
        for (std::string name; name != "runtime:init" && ended.si_pid == 0;) {
            std::getline(std::ifstream(path), name);
            ::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT);
        }
    }
    Message hear() const
    {
        Message m = {};
        if (::recv(sync, &m, sizeof(m), 0) < static_cast<ssize_t>(kMessageHead)) {
            m.msg = Msg{};
        }
        return m;
    }
    void say(Msg msg) const
    {
        Message m = {};
        m.msg = msg;
        EXPECT_EQ(::send(sync, &m, kMessageHead, MSG_NOSIGNAL), static_cast<ssize_t>(kMessageHead));
    }
};

Stage start_bytes(std::string (*make)(const Encoder &, int), const Encoder &plan, bool is_held = false)
{
    int ends[2] = {};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    const std::string blob = make(plan, ends[1]);
    const int plan_fd = memfd("plan", blob.data(), blob.size());
    const int program = memfd("init", init_blob().data(), init_blob().size());
    Stage stage;
    stage.sync = ends[0];
    stage.pid = ::fork();
    if (stage.pid == 0) {
        ::fcntl(program, F_SETFD, FD_CLOEXEC);
        char name[] = "runtime:init", held[] = "held";
        std::string number = std::to_string(plan_fd);
        char *argv[] = {name, number.data(), is_held ? held : nullptr, nullptr};
        char *envp[] = {nullptr};
        ::fexecve(program, argv, envp);
        ::_exit(99);
    }
    ::close(ends[1]);
    ::close(plan_fd);
    ::close(program);
    return stage;
}

Stage start(const Encoder &plan, bool is_held = false)
{
    return start_bytes([](const Encoder &e, int sync) { return e.blob(sync); }, plan, is_held);
}

std::uint32_t add_exec(Encoder &plan, const std::vector<std::string> &candidates,
                       const std::vector<std::string> &argv)
{
    Record r = record(Op::kExec);
    r.s1 = plan.words(candidates);
    r.s2 = plan.words(argv);
    r.s3 = plan.words({"A=1"});
    return plan.add(r);
}

std::uint32_t add_message(Encoder &plan, Op op, Msg msg)
{
    Record r = record(op);
    r.a = static_cast<std::uint64_t>(msg);
    return plan.add(r);
}

TEST(Blob, IsSmall)
{
    EXPECT_GT(init_blob().size(), 1024U);
    EXPECT_LT(init_blob().size(), 32U * 1024);
}

TEST(Blob, SpeaksAndExecutes)
{
    Encoder plan;
    add_message(plan, Op::kTell, Msg::kCreated);
    add_message(plan, Op::kAwait, Msg::kReleased);
    add_exec(plan, {"/nowhere/sh", "/bin/sh"}, {"sh", "-c", "test $A = 1 && exit 7"});
    const Stage stage = start(plan);
    EXPECT_EQ(stage.hear().msg, Msg::kCreated);
    stage.say(Msg::kReleased);
    EXPECT_EQ(stage.hear().msg, Msg{});  // the end of the conversation: execve(2) worked
    EXPECT_EQ(WEXITSTATUS(stage.wait()), 7);
}

TEST(Blob, TellsWhichStepFailedInWhichCall)
{
    Encoder plan;
    plan.add(call(__NR_setsid));
    const std::uint32_t step = add_exec(plan, {"/nowhere/a", "/etc/passwd", "/nowhere/b"}, {"a"});
    const Stage stage = start(plan);
    const Message m = stage.hear();
    EXPECT_EQ(m.msg, Msg::kFailed);
    EXPECT_EQ(m.step, static_cast<std::int32_t>(step));
    EXPECT_EQ(m.err, EACCES);  // remembered over the later ENOENT
    EXPECT_EQ(m.detail, static_cast<std::uint32_t>(__NR_execve));
    EXPECT_EQ(WEXITSTATUS(stage.wait()), 1);
}

// spec: SystemdSession
TEST(Blob, BeginsWhenItIsAdoptedWhereItIsHeld)
{
    Encoder plan;
    add_message(plan, Op::kAwait, Msg::kReleased);
    add_exec(plan, {"/bin/sh"}, {"sh", "-c", "exit 7"});
    const Stage stage = start(plan, true);
    stage.say(Msg::kAdopted);
    stage.say(Msg::kReleased);
    EXPECT_EQ(stage.hear().msg, Msg{});
    EXPECT_EQ(WEXITSTATUS(stage.wait()), 7);
}

TEST(Blob, EndsWhereItIsHeldWhenItsParentIsGone)
{
    Encoder plan;
    add_exec(plan, {"/bin/true"}, {"true"});
    const Stage stage = start(plan, true);
    stage.wait_begun();
    ::close(stage.sync);
    EXPECT_EQ(WEXITSTATUS(stage.wait()), 1);
}

TEST(Blob, EndsWhereItIsHeldAtAWordOutOfTurn)
{
    Encoder plan;
    add_exec(plan, {"/bin/true"}, {"true"});
    const Stage stage = start(plan, true);
    stage.say(Msg::kReleased);
    EXPECT_EQ(WEXITSTATUS(stage.wait()), 1);
}

TEST(Blob, EndsWhenItsParentIsGone)
{
    Encoder plan;
    add_message(plan, Op::kAwait, Msg::kReleased);
    add_exec(plan, {"/bin/true"}, {"true"});
    const Stage stage = start(plan);
    stage.wait_begun();
    ::close(stage.sync);
    EXPECT_EQ(WEXITSTATUS(stage.wait()), 1);
}

TEST(Blob, MessageOutOfTurnIsAnError)
{
    Encoder plan;
    add_message(plan, Op::kAwait, Msg::kReleased);
    const Stage stage = start(plan);
    stage.say(Msg::kMapped);
    EXPECT_EQ(stage.hear().err, EPROTO);
    EXPECT_EQ(WEXITSTATUS(stage.wait()), 1);
}

void add_text(Encoder &plan, Op op, std::uint16_t flags, const char *s1, std::uint64_t a = 0)
{
    Record r = record(op);
    r.flags = flags;
    r.a = a;
    r.s1 = plan.text(s1);
    plan.add(r);
}

void add_flags(Encoder &plan, Op op, std::uint64_t a)
{
    Record r = record(op);
    r.flags = kRecursive;
    r.a = a;
    plan.add(r);
}

/// The records of a small container whose root is `rootfs`.
void add_container(Encoder &plan, const char *rootfs)
{
    plan.add(call(__NR_setsid));
    add_flags(plan, Op::kUnshare, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWIPC);
    plan.add(record(Op::kLoopback));
    add_flags(plan, Op::kPropagation, MS_SLAVE);
    Record binary = record(Op::kOpenTree);
    binary.s1 = plan.text("/bin/busybox");
    binary.b = 10;
    plan.add(binary);
    add_text(plan, Op::kRoot, 0, rootfs);
    add_text(plan, Op::kFsMount, 0, "tmpfs");
    add_text(plan, Op::kAttach, 0, "/bin");
    add_text(plan, Op::kFsMount, 0, "proc", 2 | 4 | 8);  // nosuid, nodev, noexec
    add_text(plan, Op::kAttach, kRealDirectory, "/proc");
    plan.add(record(Op::kTree));
    add_text(plan, Op::kAttach, 0, "/bin/sh");
    Record hostname = call(__NR_sethostname, 0, 6);
    hostname.s1 = plan.text("inside");
    plan.add(hostname);
    add_message(plan, Op::kTell, Msg::kRootReady);
    add_message(plan, Op::kAwait, Msg::kHooksDone);
    add_text(plan, Op::kMask, 0, "/proc/meminfo");
    add_text(plan, Op::kReadonly, 0, "/proc/sys");
    plan.add(record(Op::kPivot));
    add_text(plan, Op::kChdir, 0, "/work");
    plan.add(call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1));
    Record close = record(Op::kCloseFds);
    close.a = 3;
    plan.add(close);
}

TEST(Blob, BuildsAContainer)
{
    if (::geteuid() != 0 || ::access("/bin/busybox", X_OK) != 0) {
        GTEST_SKIP() << "needs root and a static busybox";
    }
    char rootfs[] = "/tmp/rt-init-XXXXXX";
    ASSERT_NE(::mkdtemp(rootfs), nullptr);
    Encoder plan;
    add_container(plan, rootfs);
    const std::string script =
        "set -e; test $(pwd) = /work; test $(hostname) = inside; test -z \"$(cat /proc/meminfo)\";"
        "if (echo x >/proc/sys/kernel/domainname) 2>&-; then exit 9; fi;"
        "test $(ls / | wc -w) = 3; exit 42";
    add_exec(plan, {"/bin/sh"}, {"sh", "-c", script});
    const Stage stage = start(plan);
    const Message ready = stage.hear();
    EXPECT_EQ(ready.msg, Msg::kRootReady) << ready.step << " " << ready.err << " " << ready.detail;
    stage.say(Msg::kHooksDone);
    const Message end = stage.hear();
    EXPECT_EQ(end.msg, Msg{}) << end.step << " " << end.err << " " << end.detail;
    EXPECT_EQ(WEXITSTATUS(stage.wait()), 42);
    for (const char *made : {"/bin", "/proc", "/work", ""}) {
        EXPECT_EQ(::rmdir((std::string(rootfs) + made).c_str()), 0) << made;
    }
}

struct Damage {
    const char *what;
    std::size_t at;
    std::uint32_t value;
};

// clang-format off
constexpr Damage kDamages[] = {
    {"magic",               offsetof(Header, magic),   0},
    {"version",             offsetof(Header, version), 99},
    {"size beyond file",    offsetof(Header, size),    0x7fffffff},
    {"count beyond size",   offsetof(Header, count),   0x7fffffff},
    {"records misaligned",  offsetof(Header, records), 25},
    {"records in header",   offsetof(Header, records), 0},
    {"unknown operation",   sizeof(Header),            999},
    {"string beyond size",  sizeof(Header) + offsetof(Record, s1), 0x7fffffff},
};
// clang-format on

TEST(Blob, RefusesADamagedPlan)
{
    static const Damage *damage;
    for (const Damage &d : kDamages) {
        damage = &d;
        Encoder plan;
        add_exec(plan, {"/bin/true"}, {"true"});
        const Stage stage = start_bytes(
            [](const Encoder &e, int sync) {
                std::string bytes = e.blob(sync);
                std::memcpy(bytes.data() + damage->at, &damage->value, sizeof(damage->value));
                return bytes;
            },
            plan);
        EXPECT_EQ(WEXITSTATUS(stage.wait()), 2) << d.what;
        ::close(stage.sync);
    }
}

}  // namespace
}  // namespace rt::init
