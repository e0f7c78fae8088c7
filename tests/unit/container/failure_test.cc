// SPDX-License-Identifier: Apache-2.0
#include <asm/unistd.h>
#include <signal.h>
#include <string.h>

#include <cerrno>

#include <gtest/gtest.h>

#include "base/str.h"
#include "container/failure.h"
#include "host/program.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"

namespace rt::container {
namespace {

using init::Op;

init::Message failed(int err, std::uint32_t detail, const char *note = "")
{
    init::Message message = {};
    message.msg = init::Msg::kFailed;
    message.err = err;
    message.detail = detail;
    ::strncpy(message.note, note, sizeof(message.note) - 1);
    return message;
}

std::string sentence(const LateStep &step, const init::Message &message)
{
    return explain(step, message, FdRef(-1)).text();
}

LateStep step(Op op, const char *does, const char *operand)
{
    return {static_cast<std::uint32_t>(op), does, operand};
}

struct Case {
    LateStep step;
    init::Message message;
    const char *text;
};

TEST(Sentence, NamesTheLimitOfDescriptors)
{
    const auto own = kernel::prlimit(0, RLIMIT_NOFILE);
    ASSERT_TRUE(own.ok());
    EXPECT_EQ(sentence(step(Op::kMkdir, "making", "/x"), failed(EMFILE, __NR_openat2)),
              str("making: openat2(\"/x\"): Too many open files (RLIMIT_NOFILE of the runtime is ",
                  own->rlim_max, ": every bind mount takes one until all are made)"));
}

TEST(Sentence, NamesStepCallOperandAndAdvice)
{
    const Case kCases[] = {
        {step(Op::kWrite, "setting \"a.b\"", "sys/a/b"), failed(EINVAL, __NR_write),
         "setting \"a.b\": write(\"sys/a/b\"): Invalid argument (the value is out of range, or has ids that "
         "the user namespace does not map)"},
        {step(Op::kWrite, "setting \"a.b\"", "sys/a/b"), failed(ENOENT, __NR_openat),
         "setting \"a.b\": openat(\"sys/a/b\"): No such file or directory (this kernel has no such setting)"},
        {step(Op::kUnshare, "unsharing", ""), failed(ENOSPC, __NR_unshare),
         "unsharing: unshare: No space left on device (a limit of /proc/sys/user is reached)"},
        {step(Op::kMkdir, "making", "/x"), failed(EIO, 999),
         "making: system call 999(\"/x\"): Input/output error"},
        {step(Op::kAttach, "mounting \"/\"", "/"), failed(EBUSY, init::kOntoRoot),
         "mounting \"/\": a mount cannot cover the root of the container itself"},
        {step(Op::kFsMount, "mounting \"/m\"", "tmpfs"), failed(EINVAL, __NR_fsconfig, "tmpfs: Bad value"),
         "mounting \"/m\": fsconfig(\"tmpfs\"): tmpfs: Bad value: Invalid argument"
         " (an option of the mount is not one of this file system)"},
        {step(Op::kFsMount, "mounting \"/m\"", "devpts"),
         failed(EINVAL, __NR_fsconfig, "devpts: Invalid gid '5'"),
         "mounting \"/m\": fsconfig(\"devpts\"): devpts: Invalid gid '5': Invalid argument"
         " (the user namespace maps no such id: drop the option, or have more ids mapped)"},
    };
    for (const Case &row : kCases) {
        EXPECT_EQ(sentence(row.step, row.message), row.text);
    }
}

TEST(Sentence, MissingSourceNamesTheComponent)
{
    EXPECT_EQ(
        sentence(step(Op::kOpenTree, "mounting \"/m\"", "/proc/none/deeper"), failed(ENOENT, __NR_open_tree)),
        "mounting \"/m\": open_tree(\"/proc/none/deeper\"): No such file or directory"
        " (\"/proc/none\" is the part that is missing)");
    EXPECT_EQ(sentence(step(Op::kOpenTree, "mounting \"/m\"", "/proc/none"), failed(ENOENT, __NR_open_tree)),
              "mounting \"/m\": open_tree(\"/proc/none\"): No such file or directory"
              " (create the source or drop the mount)");
}

// spec: ErrorsLimits
TEST(Sentence, LimitNamesBothValues)
{
    const std::string text =
        sentence(step(Op::kRlimit, "setting", "RLIMIT_NOFILE=99999999999"), failed(EPERM, __NR_prlimit64));
    EXPECT_NE(text.find("the hard limit would be 99999999999, fs.nr_open of the host is "),
              std::string::npos);
    EXPECT_NE(sentence(step(Op::kRlimit, "setting", "RLIMIT_CPU=9"), failed(EPERM, __NR_prlimit64))
                  .find("the hard limit would be 9, the runtime's own is "),
              std::string::npos);
}

TEST(Sentence, NoteWithoutItsNulIsReadNoFurther)
{
    init::Message message = failed(EINVAL, __NR_fsconfig);
    ::memset(message.note, 'n', sizeof(message.note));
    const std::string text = sentence(step(Op::kFsMount, "mounting", "t"), message);
    EXPECT_NE(text.find(std::string(sizeof(message.note), 'n') + ": Invalid"), std::string::npos);
}

/// Engines look for these words.
TEST(Sentence, OfExecIsWhatEnginesLookFor)
{
    const auto of = [](const char *program, int err) {
        return sentence(step(Op::kExec, "executing", program), failed(err, __NR_execve));
    };
    EXPECT_EQ(of("nothing", ENOENT), "executing: executable file not found in $PATH");
    EXPECT_EQ(of("/nothing", ENOENT), "executing: no such file or directory"
                                      " (the program, or the interpreter it names, is not in the container)");
    EXPECT_EQ(of("/etc", EACCES), "executing: permission denied");
    EXPECT_EQ(of("/a.out", ENOEXEC),
              "executing: exec format error (made for another machine, or a script without #!)");
    EXPECT_EQ(of("/a.out", E2BIG), "executing: argument list too long");
}

// spec: StartContainerHookFailGenError, ErrorsHook
TEST(Sentence, OfAHookHasItsLastLines)
{
    auto output = host::program_output();
    ASSERT_TRUE(output);
    ASSERT_TRUE(kernel::write_all(*output, "first\nlast\n\n"));
    const LateStep hook = step(Op::kHook, "hook \"/h\"", "/h");
    EXPECT_EQ(explain(hook, failed(0, 3 << 8), *output).text(), "hook \"/h\": exited with 3: first | last");
    EXPECT_EQ(explain(hook, failed(0, init::kHookTimedOut), *output).text(),
              "hook \"/h\": did not end within its timeout: first | last");
    EXPECT_EQ(sentence(hook, failed(0, 9)), "hook \"/h\": was killed by SIGKILL");
    EXPECT_EQ(sentence(hook, failed(ENOENT, __NR_execve)), "hook \"/h\": execve: No such file or directory");
}

/// What is said of an init that was killed, by the directories of its cgroup.
std::string killed(std::vector<std::string> dirs)
{
    auto child = kernel::idle_child();
    EXPECT_TRUE(child.ok());
    EXPECT_TRUE(kernel::pidfd_send_signal(child->pidfd, SIGKILL).ok());
    cgroup::CgroupRecord record;
    record.dirs = std::move(dirs);
    return explain_end(child->pidfd, record).text();
}

TEST(Killed, IsNotSaidToBeWithoutALimitWhenItsCgroupIsRemoved)
{
    EXPECT_EQ(killed({"/sys/fs/cgroup"}),
              "init was killed by SIGKILL (not for a memory limit of the container: it has none)");
    EXPECT_EQ(
        killed({"/sys/fs/cgroup/none"}),
        "init was killed by SIGKILL (by somebody, or for memory: its cgroup is removed already and does "
        "not say)");
}

}  // namespace
}  // namespace rt::container
