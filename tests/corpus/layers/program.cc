// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::corpus {
namespace {

constexpr int kMilliseconds = 60'000;

[[noreturn]] void become(const std::vector<std::string> &words, const std::string &directory, int said)
{
    std::vector<char *> argv;
    for (const std::string &word : words) {
        argv.push_back(const_cast<char *>(word.c_str()));
    }
    argv.push_back(nullptr);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::setpgid(0, 0);
    if (::chdir(directory.c_str()) == 0 && ::dup2(nothing, 0) == 0 && ::dup2(said, 1) == 1 &&
        ::dup2(said, 2) == 2) {
        ::execvp(argv[0], argv.data());
    }
    ::_exit(127);
}

}  // namespace

Ended run_program(const std::vector<std::string> &words, const std::string &directory)
{
    Ended out;
    const auto said = kernel::memfd_create("said", MFD_CLOEXEC);
    const pid_t pid = said ? ::fork() : -1;
    if (pid == -1) {
        return {.status = 126, .said = "cannot even begin"};
    }
    if (pid == 0) {
        become(words, directory, said->get());
    }
    const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    pollfd end = {handle.get(), POLLIN, 0};
    if (::poll(&end, 1, kMilliseconds) != 1) {
        ::kill(-pid, SIGKILL);
    }
    int status = 0;
    rusage used = {};
    ::wait4(pid, &status, 0, &used);
    out.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    out.kib = used.ru_maxrss;
    constexpr std::size_t kMost = 1 << 20;
    auto text = kernel::pread(*said, kMost, 0);
    out.said = text ? std::move(text).take() : std::string();
    return out;
}

}  // namespace rt::corpus
