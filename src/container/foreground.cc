// SPDX-License-Identifier: Apache-2.0
#include "container/foreground.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "kernel/calls_process.h"

namespace rt::container {
namespace {

constexpr int kHeld[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,  SIGUSR1, SIGUSR2,
                         SIGALRM, SIGPIPE, SIGCHLD, SIGWINCH, SIGCONT};

/// Waits on everything that can happen to a process in the foreground.
class Foreground {
public:
    Foreground(const Signals &signals, FdRef init, pid_t pid, std::optional<Console> &console, Notify notify)
        : signals_(signals), init_(init), pid_(pid), console_(console), notify_(std::move(notify))
    {}

    /// The status of init, as wait(2) has it.
    int wait()
    {
        while (!status_) {
            step();
        }
        drain();
        return *status_;
    }

private:
    void step()
    {
        pollfd waiting[] = {{signals_.fd().get(), POLLIN, 0},
                            {init_.get(), POLLIN, 0},
                            {-1, POLLIN, 0},
                            {-1, 0, 0},
                            {-1, POLLOUT, 0},
                            {notify_.fd().get(), POLLIN, 0}};
        if (console_) {
            const bool full = console_->wants_to_print();
            const bool output = console_->wants_output();
            waiting[2].fd = console_->wants_input() ? STDIN_FILENO : -1;
            // Not asked while it could only tell of more to print, or of its end.
            waiting[3].fd = full && !output ? -1 : console_->master().get();
            waiting[3].events = static_cast<short>((full ? 0 : POLLIN) | (output ? POLLOUT : 0));
            waiting[4].fd = full ? STDOUT_FILENO : -1;
        }
        if (::poll(waiting, 6, -1) == -1) {
            return;
        }
        if (waiting[0].revents != 0) {
            take_signals();
        }
        if (waiting[5].revents != 0) {
            notify_.take(0);
        }
        if (waiting[1].revents != 0) {
            reap_all();
        }
        if (console_ && waiting[4].revents != 0) {
            console_->print();
        } else if (console_) {
            relay(waiting[2].revents, waiting[3].revents);
        }
    }

    /// What was printed before the end.
    void drain()
    {
        while (console_ && (console_->wants_to_print() || console_->to_terminal())) {
            pollfd output = {STDOUT_FILENO, POLLOUT, 0};
            ::poll(&output, 1, -1);
            console_->print();
        }
    }

    // The program, its signals and its end don't wait for who reads our output.
    void relay(short input, short master)
    {
        if ((master & POLLOUT) != 0) {
            console_->deliver();
        }
        if (input != 0) {
            console_->from_terminal();
        }
        const bool more =
            (master & (POLLIN | POLLHUP)) != 0 && !console_->wants_to_print() && console_->to_terminal();
        if ((master & POLLHUP) != 0 && !more && !console_->wants_to_print()) {
            console_.reset();  // nobody holds the slave any more
        }
    }

    // spec: RunForwardsSignals
    void take_signals()
    {
        while (const auto signal = signals_.next()) {
            if (*signal == SIGCHLD) {
                reap_all();
            } else if (*signal == SIGWINCH && console_) {
                console_->resize();
            } else if (*signal != SIGPIPE && !status_) {
                (void)kernel::pidfd_send_signal(init_, *signal);
            }
        }
    }

    /// As a subreaper we inherit what the container leaves behind, too.
    void reap_all()
    {
        int status = 0;
        pid_t pid = 0;
        while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
            if (pid == pid_) {
                status_ = status;
            }
        }
        if (pid == -1 && errno == ECHILD && !status_) {
            status_ = W_EXITCODE(1, 0);  // somebody ignores SIGCHLD for us, and the kernel reaped it
        }
    }

    const Signals &signals_;
    FdRef init_;
    pid_t pid_;
    std::optional<Console> &console_;
    Notify notify_;
    std::optional<int> status_;
};

}  // namespace

Result<Signals> Signals::hold()
{
    sigset_t set = {};
    ::sigemptyset(&set);
    for (const int signal : kHeld) {
        ::sigaddset(&set, signal);
    }
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) {
        ::sigaddset(&set, signal);
    }
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd.open()) {
        return Error::kernel(errno, "signalfd()");
    }
    return Signals(std::move(fd));
}

std::optional<int> Signals::next() const
{
    signalfd_siginfo info = {};
    if (::read(fd_.get(), &info, sizeof(info)) != sizeof(info)) {
        return std::nullopt;
    }
    return static_cast<int>(info.ssi_signo);
}

int wait_in_foreground(const Signals &signals, FdRef pidfd, pid_t pid, std::optional<Console> &console,
                       Notify notify)
{
    return Foreground(signals, pidfd, pid, console, std::move(notify)).wait();
}

// spec: ProcExitCode
int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace rt::container
