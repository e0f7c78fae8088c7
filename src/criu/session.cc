// SPDX-License-Identifier: Apache-2.0
#include "criu/session.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "base/str.h"
#include "host/program.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"
#include "kernel/calls_wait.h"

namespace rt::criu {
namespace {

constexpr const char *kProgram = "criu";
constexpr std::size_t kLargestMessage = 64 * 1024;
constexpr std::size_t kMostOfLog = 64 * 1024 * 1024;

Result<std::string> program_of(const std::string &name)
{
    if (name.find('/') != std::string::npos) {
        return name;
    }
    auto found = host::find_program(name);
    return found ? std::move(found)
                 : Error::state(str(name, " is not installed: it is not in $PATH"))
                       .hint("apt-get install criu");
}

/// Ours, with a PATH: CRIU calls tar, ip and iptables.
class Environment {
public:
    explicit Environment(std::string_view path) : path_(str("PATH=", path))
    {
        for (char **variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
            if (!std::string_view(*variable).starts_with("PATH=")) {
                pointers_.push_back(*variable);
            }
        }
        pointers_.push_back(path_.data());
        pointers_.push_back(nullptr);
    }
    char *const *pointers() const { return pointers_.data(); }

private:
    std::string path_;
    std::vector<char *> pointers_;
};

constexpr std::string_view kWords[] = {"", "dump", "restore", "", "pre-dump"};

std::string_view in_words(Type type) { return kWords[static_cast<std::size_t>(type)]; }

}  // namespace

Result<Session> Session::start(const std::string &which, std::span<const int> inherited, Group group)
{
    TRY_LET(program, program_of(which.empty() ? kProgram : which));
    TRY_LET(sockets, kernel::socketpair(SOCK_SEQPACKET));
    TRY_LET(output, kernel::memfd_create("criu-output", 0));
    std::vector<int> kept(inherited.begin(), inherited.end());
    kept.push_back(sockets.theirs.get());

    std::string name = kProgram, mode = "swrk", number = str(sockets.theirs.get());
    char *const argv[] = {name.data(), mode.data(), number.data(), nullptr};
    const Environment environment(host::search_path());
    kernel::Spawn request;
    request.path = program.c_str();
    request.argv = argv;
    request.envp = environment.pointers();
    request.inherited = kept;
    request.own_group = group == Group::kOwn;
    request.stdio[1] = output.get();
    request.stdio[2] = output.get();
    TRY_LET(child, kernel::spawn(request).context("starting criu"));
    return Session(std::move(child), std::move(sockets.ours), std::move(output));
}

Session::~Session()
{
    socket_ = Fd();
    if (child_.pidfd.open()) {
        (void)kernel::wait_ended(child_.pidfd, -1);
        (void)kernel::reap(child_.pidfd);
    }
}

/// Stopped, it neither starts another process nor ends: its number is its own, and its group's, until the
/// second call.
void kill_with_group(pid_t pid, FdRef pidfd)
{
    if (kernel::pidfd_send_signal(pidfd, SIGSTOP)) {
        (void)kernel::kill(-pid, SIGKILL);  // ESRCH where it is of our group
        (void)kernel::pidfd_send_signal(pidfd, SIGKILL);
    }
}

void Session::abandon()
{
    socket_ = Fd();
    if (auto ended = kernel::wait_ended(child_.pidfd, kPatienceMs); !ended || !*ended) {
        kill_with_group(child_.pid, child_.pidfd);
        return;
    }
    (void)kernel::kill(-child_.pid, SIGKILL);  // it is not reaped yet, so the number is not another's
}

/// The socket may be held open by a child of a CRIU that has ended.
Status Session::await_message()
{
    pollfd waiting[] = {
        {socket_.get(), POLLIN, 0}, {child_.pidfd.get(), POLLIN, 0}, {process_.get(), POLLIN, 0}};
    TRY(kernel::poll(waiting));
    if (waiting[0].revents == 0 && waiting[1].revents == 0) {
        TRY_LET(heard, kernel::poll(std::span(waiting).first<2>(), kPatienceMs));
        if (!heard) {
            return Error::state("the container's first process ended, and criu did not notice");
        }
    }
    if ((waiting[0].revents & POLLIN) == 0) {
        return Error::state("criu ended without an answer");
    }
    return {};
}

Result<Response> Session::hear(Fd *fd)
{
    std::vector<char> bytes(kLargestMessage);
    TRY(await_message());
    TRY_LET(received, kernel::receive(socket_, bytes));
    if (received.size == 0) {
        return Error::state("criu ended without an answer");
    }
    if (fd != nullptr && !received.fds.empty()) {
        *fd = std::move(received.fds[0]);
    }
    return parse_response({bytes.data(), received.size});
}

Result<Response> Session::ask(const std::string &request)
{
    TRY(kernel::send(socket_, request));
    return hear();
}

Status Session::check_version(Version oldest, std::string_view wanted_by)
{
    if (version_ == 0) {
        TRY_LET(answer, ask(encode_version_request()));
        version_ = answer.version;
    }
    if (version_ < oldest) {
        const std::string what = str("criu is of version ", in_words(version_), ", ", in_words(oldest),
                                     wanted_by.empty() ? " is the oldest that will do" : " is needed for ");
        return Error::state(str(what, wanted_by)).hint("install a newer criu");
    }
    return {};
}

Result<Features> Session::features()
{
    TRY_LET(answer, ask(encode_feature_check()));
    if (!answer.success) {
        auto printed = kernel::pread(output_, kMostOfLog, 0);
        const std::string errors = errors_in(printed ? *printed : "");
        return Error::state(str("criu does not work on this machine", errors.empty() ? "" : ": ", errors))
            .hint("`criu check` says more");
    }
    return answer.features;
}

Result<Response> Session::perform(Type type, const Options &options, const OnNotification &on_notification)
{
    TRY(kernel::send(socket_, encode_request(type, options)));
    Status ours;
    while (true) {
        Notification notification;
        auto heard = hear(&notification.fd);
        if (!heard) {
            return ours ? explain(type, options, {}).context(heard.error().text()) : std::move(ours).error();
        }
        if (heard->type != Type::kNotify) {
            if (heard->success) {
                return heard;
            }
            return ours ? explain(type, options, heard->message) : std::move(ours).error();
        }
        notification.script = heard->script;
        notification.pid = heard->pid;
        Status done = on_notification(notification);
        const bool fine = done.ok();
        if (!fine && ours) {
            ours = std::move(done);
        }
        TRY(kernel::send(socket_, encode_notified(fine)));
    }
}

Error Session::explain(Type type, const Options &options, std::string_view message) const
{
    auto log = kernel::read_file(FdRef(options.work_dir), options.log_file, kMostOfLog);
    std::string errors = errors_in(log ? *log : "");
    if (errors.empty()) {
        auto printed = kernel::pread(output_, kMostOfLog, 0);
        errors = errors_in(printed ? *printed : "");
    }
    if (errors.empty()) {
        errors = message.empty() ? "it gives no reason" : message;
    }
    return Error::state(str("criu ", in_words(type), ": ", errors));
}

std::string errors_in(std::string_view log)
{
    constexpr std::string_view kMark = "Error (";
    constexpr int kMost = 4;
    std::string out;
    int found = 0;
    while (!log.empty() && found < kMost) {
        std::string_view line = log.substr(0, log.find('\n'));
        log.remove_prefix(std::min(line.size() + 1, log.size()));
        const std::size_t mark = line.find(kMark);
        const std::size_t end = mark == line.npos ? line.npos : line.find("): ", mark);
        if (end == line.npos) {
            continue;
        }
        line.remove_prefix(end + 3);
        if (line.ends_with("FAILED.")) {
            continue;
        }
        out += str(found++ == 0 ? "" : " | ", line);
    }
    return out;
}

}  // namespace rt::criu
