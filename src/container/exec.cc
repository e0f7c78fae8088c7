// SPDX-License-Identifier: Apache-2.0
#include "container/exec.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "base/str.h"
#include "cgroup/enter.h"
#include "container/adjust.h"
#include "container/announce.h"
#include "container/channel.h"
#include "container/container.h"
#include "container/failure.h"
#include "container/filter_copy.h"
#include "container/foreground.h"
#include "container/host.h"
#include "container/inherited.h"
#include "container/launch.h"
#include "container/listener.h"
#include "container/processes.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/calls_socket.h"
#include "oci/findings.h"
#include "oci/load.h"
#include "plan/exec.h"
#include "plan/lsm.h"
#include "plan/scheduling.h"
#include "resctrl/resctrl.h"

namespace rt::container {
namespace {

constexpr int kPatienceMs = 1000;

// spec: ExecStates, FrozenAbove
Status check_enterable(const ExecOptions &options, const Record &record, const Condition &now)
{
    const bool paused = now.status == oci::Status::kPaused;
    const bool lives = paused || now.status == oci::Status::kCreated || now.status == oci::Status::kRunning;
    if (!lives || (paused && !options.ignore_paused)) {
        return Error::state(str("cannot exec in a ", oci::in_words(now.status), " container",
                                paused ? " (use --ignore-paused to override)" : ""));
    }
    const bool stands = now.frozen != cgroup::Frozen::kNo && !options.ignore_paused;
    return stands ? Status(Error::state(str("cannot exec: ", cgroup::frozen_above(record.cgroup)))
                               .hint("thaw that, or wait for it with --ignore-paused"))
                  : Status();
}

Error stopped(const std::string &id)
{
    return Error::state(str("container not running: \"", id, "\" has stopped"));
}

/// A process that is about to end has no namespaces to join, and a pid namespace whose first one is has no
/// room.
int patience_with(const Error &error)
{
    return error.err() == ESRCH || error.err() == ENOMEM ? kPatienceMs : 0;
}

Status check_terminal(const ExecOptions &options, const oci::Process &process)
{
    const bool socket = !options.console_socket.empty();
    if (process.terminal && options.detach && !socket) {
        return Error::input("the process wants a terminal, and nobody would hold it")
            .hint("give --console-socket, or no --detach");
    }
    if (socket && (!process.terminal || !options.detach)) {
        return Error::input("--console-socket is for a detached process with a terminal");
    }
    return {};
}

/// All that was found out before anything was done.
struct Target {
    Found found;
    Fd procfs;
    Fd pidfd;  ///< of the container's first process
    plan::Host host;
    plan::Plan plan;
    cgroup::Entrance cgroups;
};

class Execution {
public:
    /// `sized`: the process object says how large its terminal is.  `signals`: ours, when they are held.
    Execution(const ExecOptions &options, Target target, bool sized, const Signals *signals)
        : options_(options), target_(std::move(target)), sized_(sized), signals_(signals)
    {}

    /// Until the program runs; what fails ends the process.
    Status start()
    {
        Status started = enter();
        if (!started && process_.init.pidfd.open()) {
            undo();
        }
        return started || !has_stopped(patience_with(started.error())) ? std::move(started)
                                                                       : stopped(options_.id);
    }

    /// Until the program ends; gives its exit code.
    Result<int> attend();

private:
    plan::Plan &plan() { return target_.plan; }
    FdRef pidfd() const { return process_.init.pidfd; }
    /// Its first process has ended, or does within the time.
    bool has_stopped(int timeout_ms = 0) const;

    Status enter();
    Result<Fd> open_console();
    Status launch_process();
    Status announce();
    Status talk();
    Status wait_for_word();
    Status interruption();
    Status adopt_successor(Heard heard);
    Status send_listener(const Heard &heard);
    Error failed(const init::Message &message);
    void undo();

    const ExecOptions &options_;
    Target target_;
    bool sized_;
    const Signals *signals_;
    SeccompAgent agent_;
    Launched process_;
    Fd console_;
    bool announced_ = false;
    bool awaits_successor_ = false;  ///< the first stage forks the process that counts
};

bool Execution::has_stopped(int timeout_ms) const
{
    const auto ended = kernel::wait_ended(target_.pidfd, timeout_ms);
    return ended.ok() && *ended;
}

Result<Fd> Execution::open_console()
{
    if (!plan().terminal) {
        return Fd();
    }
    if (!options_.detach) {
        TRY_LET(sockets, kernel::socketpair(SOCK_STREAM));
        console_ = std::move(sockets.ours);
        return std::move(sockets.theirs);
    }
    return kernel::connect_at(kernel::kCwd, options_.console_socket, SOCK_STREAM)
        .context("opening the console socket");
}

Status Execution::launch_process()
{
    TRY_LET(console, open_console());
    TRY_LET(raised, RaisedLimits::raise(plan().limits));
    TRY_LET(score, BornScore::take(target_.procfs, plan(), target_.host));
    TRY_LET(launched, launch(plan(), options_.preserve_fds, target_.procfs, target_.found.home.dir(),
                             target_.cgroups.birthplace, console, target_.pidfd));
    process_ = std::move(launched);
    return {};
}

Status Execution::enter()
{
    TRY_LET(agent, SeccompAgent::connect(target_.found.record.listener));
    agent_ = std::move(agent);
    TRY(launch_process());
    const auto turns = plan().turns();
    awaits_successor_ = std::ranges::find(turns, init::Msg::kForked) != turns.end();
    const pid_t pid = process_.init.pid;
    TRY(resctrl::enter(target_.found.record.resctrl, pid));
    TRY_LET(set, set_oom_score_adj(target_.procfs, pid, plan(), target_.host));
    if (!set) {
        log::warn("process.oomScoreAdj is left as it is: lowering it needs CAP_SYS_RESOURCE");
    }
    if (has_stopped()) {
        return stopped(options_.id);
    }
    if (!awaits_successor_) {
        TRY(announce());
    }
    TRY(tell(process_.sync, init::Msg::kCgroup, target_.cgroups.tasks));
    return talk();
}

/// The last the caller hears before the program may run.
Status Execution::announce()
{
    return announce_process(options_.pid_file, options_.pidfd_socket, process_.init.pid, pidfd(), announced_);
}

/// Until init has something to say, or is gone.  In a frozen cgroup it takes its time: who would end us may.
// spec: ExecInterrupted
Status Execution::wait_for_word()
{
    if (signals_ == nullptr) {
        return {};
    }
    for (;;) {
        pollfd waiting[] = {
            {process_.sync.get(), POLLIN, 0}, {pidfd().get(), POLLIN, 0}, {signals_->fd().get(), POLLIN, 0}};
        if (::poll(waiting, std::size(waiting), -1) == -1 && errno != EINTR) {
            return Error::kernel(errno, "poll()");
        }
        if (waiting[0].revents != 0 || waiting[1].revents != 0) {
            return {};
        }
        TRY(interruption());
    }
}

/// An error if a signal came that wants us to end.
Status Execution::interruption()
{
    while (const auto signal = signals_ == nullptr ? std::nullopt : signals_->next()) {
        if (*signal == SIGTERM || *signal == SIGINT || *signal == SIGHUP || *signal == SIGQUIT) {
            return Error::state(
                str("interrupted by SIG", ::sigabbrev_np(*signal), " before the program ran"));
        }
    }
    return {};
}

/// Until init closes its end, as execve(2) does when it succeeds.  What fails before comes as a message.
Status Execution::talk()
{
    for (;;) {
        TRY(wait_for_word());
        TRY_LET(heard, hear(process_.sync, pidfd()));
        if (heard.silent && !awaits_successor_ && !agent_.awaited()) {
            return {};
        }
        if (heard.silent) {
            TRY(interruption());  // which the whole process group may have got, and init with it
            return Error::state("init was killed");
        }
        if (heard.message.msg == init::Msg::kFailed) {
            return failed(heard.message);
        }
        if (heard.message.msg == init::Msg::kListener) {
            TRY(send_listener(heard));
        } else if (heard.message.msg == init::Msg::kForked && awaits_successor_) {
            TRY(adopt_successor(std::move(heard)));
        } else {
            return Error::bug("init said something out of turn");
        }
    }
}

Status Execution::adopt_successor(Heard heard)
{
    if (heard.fds.size() != 1) {
        return Error::bug("init did not send its successor");
    }
    const Fd first = std::exchange(process_.init.pidfd, std::move(heard.fds[0]));
    TRY_LET(pid, kernel::pid_of(target_.procfs, pidfd()));
    process_.init.pid = pid;
    (void)kernel::wait_ended(first, -1);
    (void)kernel::reap(first);
    awaits_successor_ = false;
    TRY(announce());
    return tell(process_.sync, init::Msg::kAdopted);
}

Status Execution::send_listener(const Heard &heard)
{
    const Record &record = target_.found.record;
    TRY_LET(status, status_of(target_.procfs, record));
    TRY(agent_.send(heard, state_of(record, status), process_.init.pid));
    return tell(process_.sync, init::Msg::kListening);
}

Error Execution::failed(const init::Message &message)
{
    const auto index = static_cast<std::size_t>(message.step);
    if (message.step < 0 || index >= plan().steps.size()) {
        return Error::bug("init failed at a step that the plan does not have");
    }
    const KeptRoot root = keep_root(target_.procfs, target_.found.record.init.pid);
    Sought program = sought(plan(), index);
    const auto ended = kernel::wait_ended(target_.pidfd, 0);
    program.root = ended && !*ended ? FdRef(root.dir) : FdRef(-1);  // else the pid may be somebody else's
    return explain(late_step(plan().steps[index]), message, FdRef(-1), program);
}

// spec: ExecFailure
void Execution::undo()
{
    (void)kernel::pidfd_send_signal(pidfd(), SIGKILL);
    if (auto ended = kernel::wait_ended(pidfd(), kPatienceMs); ended && *ended) {  // not a frozen one
        (void)kernel::reap(pidfd());
    }
    if (announced_) {
        (void)kernel::unlinkat(kernel::kCwd, options_.pid_file, 0);
    }
}

Result<int> Execution::attend()
{
    std::optional<Console> console;
    if (console_.open()) {
        TRY_LET(received, Console::receive(console_, sized_));
        console.emplace(std::move(received));
    }
    const int status = wait_in_foreground(*signals_, pidfd(), process_.init.pid, console);
    warn_of_memory(status, target_.found.record.cgroup);
    return exit_code(status);
}

Result<Target> find_target(const ExecOptions &options)
{
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(id, oci::ContainerId::parse(options.id));
    TRY(kernel::cloexec_from(procfs, kFirstHandedOn));
    TRY(check_open(options.preserve_fds));
    std::vector<cgroup::Below> wanted;
    for (const std::string &word : options.cgroups) {
        TRY_LET(below, cgroup::parse_below(word));
        wanted.push_back(std::move(below));
    }
    TRY_LET(found, look_up(options.root, id, Lock::kNone));
    TRY_LET(pidfd, open_number(found.record.init));
    TRY_LET(condition, condition_of(procfs, found.record));  // of whom the pidfd is: now we know
    TRY(check_enterable(options, found.record, condition));
    if (!pidfd.open()) {
        return stopped(options.id);
    }
    TRY_LET(host, probe_rights(procfs));
    TRY_LET(cgroups, cgroup::open_entrance(found.record.cgroup, wanted, procfs, found.record.init.pid));
    if (cgroups.frozen && !options.ignore_paused) {
        return Error::state("the cgroup below the container's that the process would be in is frozen")
            .hint("thaw it, name another with --cgroup, or wait for it with --ignore-paused");
    }
    cgroups.birthplace.frozen = condition.frozen != cgroup::Frozen::kNo || cgroups.frozen;
    return Target{std::move(found),  std::move(procfs), std::move(pidfd), std::move(host), {},
                  std::move(cgroups)};
}

/// What the program will be, in full, before anything of it is there.
Result<bool> plan_process(const ExecOptions &options, Target &target)
{
    TRY_LET(text, read_config(target.found.home.dir()));
    auto filter = read_filter(target.found.home.dir(), text);
    TRY_LET(config, oci::load_config(filter ? filter->config : text, "config.json"));
    TRY_LET(process, exec_process(options, config));
    TRY(check_terminal(options, process));
    plan::ExecRequest request;
    request.id = options.id;
    request.init = target.found.record.init.pid;
    request.cgroups = target.cgroups.tasks.size();
    request.keyring = target.found.record.keyring.value_or(str("_ses.", options.id));
    request.preserve_fds = options.preserve_fds;
    if (filter) {
        request.filter = std::move(filter->program);
    }
    if (plan::asks_for_labels(config, &process)) {
        target.host.lsm = probe_lsm(target.procfs);
    }
    // What is started inherits it.
    TRY(kernel::sched_setaffinity(0, plan::affinity(process).initial)
            .context("process.execCPUAffinity.initial"));
    auto plan = plan::make_exec(config, process, request, target.host);
    if (!plan) {
        return oci::locate(std::move(plan).error());
    }
    target.plan = std::move(plan).take();
    return process.console_size.has_value();
}

}  // namespace

// spec: ExecForeground, ExecDetach
Result<int> exec(const ExecOptions &options)
{
    TRY_LET(target, find_target(options));
    TRY_LET(sized, plan_process(options, target));
    for (const std::string &warning : target.plan.warnings) {
        log::warn(warning);
    }
    if (options.detach) {
        TRY(Execution(options, std::move(target), sized, nullptr).start());
        return 0;
    }
    TRY_LET(signals, Signals::hold());
    Execution execution(options, std::move(target), sized, &signals);
    TRY(execution.start());
    log::settle();
    return execution.attend();
}

}  // namespace rt::container
