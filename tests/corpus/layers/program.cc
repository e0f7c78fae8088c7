// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_tree.h"

namespace rt::corpus {
namespace {

constexpr int kMilliseconds = 60'000;
constexpr std::size_t kMost = 64 << 10;  // that a program is heard to say

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
        ::perror(argv[0]);
    }
    ::_exit(127);
}

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
    auto text = kernel::pread(*said, kMost, 0);
    out.said = text ? std::move(text).take() : std::string();
    return out;
}

/// Orders are words with a zero byte behind each, the directory first.
void serve(int socket)
{
    std::string order(kMost, '\0');
    for (ssize_t size = 0; (size = ::read(socket, order.data(), order.size())) > 0;) {
        std::vector<std::string> words;
        for (ssize_t at = 0; at < size; at += static_cast<ssize_t>(words.back().size()) + 1) {
            words.emplace_back(order.c_str() + at);
        }
        const std::string directory = words.front();
        words.erase(words.begin());
        const Ended ended = run_program(words, directory);
        const std::string answer = str(ended.status, " ", ended.kib, "\n", ended.said);
        (void)!::write(socket, answer.data(), answer.size());
    }
    ::_exit(0);
}

}  // namespace

Programs::Programs()
{
    int ends[2] = {-1, -1};
    pid_ = ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 ? ::fork() : -1;
    if (pid_ == -1) {
        ::_exit(2);
    }
    if (pid_ == 0) {
        ::close(ends[0]);
        serve(ends[1]);
    }
    ::close(ends[1]);
    ours_ = Fd(ends[0]);
}

Programs::~Programs()
{
    ours_ = Fd();
    ::waitpid(pid_, nullptr, 0);
}

Ended Programs::run(const std::vector<std::string> &words, const std::string &directory) const
{
    std::string order = directory + '\0';
    for (const std::string &word : words) {
        order += word + '\0';
    }
    std::string answer(kMost, '\0');
    if (::write(ours_.get(), order.data(), order.size()) != static_cast<ssize_t>(order.size())) {
        return {.status = 126, .said = "nobody takes orders"};
    }
    answer.resize(
        static_cast<std::size_t>(std::max<ssize_t>(::read(ours_.get(), answer.data(), answer.size()), 0)));
    Ended out;
    const std::size_t line = answer.find('\n');
    if (line == std::string::npos || ::sscanf(answer.c_str(), "%d %ld", &out.status, &out.kib) != 2) {
        return {.status = 126, .said = "nobody answers"};
    }
    out.said = answer.substr(line + 1);
    return out;
}

std::string from_anywhere(const std::string &program)
{
    const auto path =
        program.find('/') == std::string::npos ? Result<std::string>(program) : kernel::realpath(program);
    if (!path) {
        ::fprintf(stderr, "layer_corpus: %s\n", path.error().text().c_str());
        ::exit(2);
    }
    return *path;
}

}  // namespace rt::corpus
