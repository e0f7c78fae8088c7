// SPDX-License-Identifier: Apache-2.0
//
// `criu swrk`: CRIU as a child of ours for one operation, told what to do over a socket it inherits.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "criu/messages.h"
#include "kernel/calls_process.h"

namespace rt::criu {

/// The oldest version that does what we ask for without special options: it freezes cgroup v2.
inline constexpr Version kOldest = 31400;

/// CRIU has got to a point and waits for us.
struct Notification {
    std::string_view script;  ///< "setup-namespaces"
    pid_t pid = 0;            ///< the container's first process, where CRIU says it
    Fd fd;                    ///< of orphan-pts-master: the terminal's master
};
/// An error ends the operation: CRIU takes back what it has done.
using OnNotification = std::function<Status(Notification &)>;

/// Ours, so that what is restored can be in the foreground of our terminal, or one that its signals don't
/// reach.
enum class Group : std::uint8_t { kOurs, kOwn };

/// How long a CRIU that nobody talks to any more may take to give up.
inline constexpr int kPatienceMs = 10'000;

/// SIGKILL for the CRIU of `pidfd`, and for what it has started and is still of its group.  `pidfd` is that
/// of `pid`.
void kill_with_group(pid_t pid, FdRef pidfd);

class Session {
public:
    /// Starts Options::program; it inherits `inherited`, and the mount namespace and cgroups
    /// that we are in.  Fails with a hint where there is none.
    static Result<Session> start(const std::string &program, std::span<const int> inherited, Group group);
    Session(Session &&) = default;
    Session &operator=(Session &&) = delete;
    ~Session();  ///< closes the socket, upon which CRIU gives up what it may be doing, and waits for its end

    pid_t pid() const { return child_.pid; }

    /// Of a restore: the container's first process.  When it ends and CRIU has nothing more to say, perform()
    /// fails: CRIU waits for it, and does not look whether it is still there once it has begun to let it go
    /// on.
    void depend_on(FdRef process) { process_ = process; }
    /// As the destructor, of a restore that has failed: a CRIU that doesn't end is killed, and so are the
    /// processes that it has made and that have no session of their own yet.
    void abandon();

    /// Refuses a version older than `oldest`; `wanted_by` is what needs it, or "".
    Status check_version(Version oldest, std::string_view wanted_by);
    Result<Features> features();

    /// kDump, kPreDump or kRestore, to its end.  The error of one that fails quotes the log: the file
    /// `options.log_file` in `options.work_dir`.
    Result<Response> perform(Type type, const Options &options, const OnNotification &on_notification);

private:
    Session(kernel::Child child, Fd socket, Fd output)
        : child_(std::move(child)), socket_(std::move(socket)), output_(std::move(output))
    {}
    Result<Response> ask(const std::string &request);
    Result<Response> hear(Fd *fd = nullptr);
    Status await_message();
    Error explain(Type type, const Options &options, std::string_view message) const;

    kernel::Child child_;
    Fd socket_;
    FdRef process_{-1};
    Fd output_;  ///< what it prints: errors from before it has a log
    Version version_ = 0;
};

/// The errors in a log of CRIU, oldest first, without times and places, in one line with " | " between them:
/// at most 4, of which none says no more than that it failed.
std::string errors_in(std::string_view log);

}  // namespace rt::criu
