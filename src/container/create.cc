// SPDX-License-Identifier: Apache-2.0
//
// The parent's side of making a container: it faces init/loop.cc, and walks the same list of messages.
#include "container/create.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "container/adjust.h"
#include "container/announce.h"
#include "container/bundle.h"
#include "container/channel.h"
#include "container/failure.h"
#include "container/hooks.h"
#include "container/launch.h"
#include "container/listener.h"
#include "container/processes.h"
#include "host/id_maps.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"
#include "network/moves.h"
#include "oci/load.h"
#include "resctrl/resctrl.h"

namespace rt::container {
namespace {

constexpr int kPatienceMs = 1000;

class Creation {
public:
    Creation(const CreateOptions &options, Mode mode, Fd procfs, Bundle bundle, Created created,
             Reserve reserve)
        : options_(options), mode_(mode), procfs_(std::move(procfs)), bundle_(std::move(bundle)),
          created_(std::move(created)), reserve_(std::move(reserve)),
          cgroup_(bundle_.plan.cgroup, bundle_.host.cgroups), net_devices_(bundle_.plan),
          resctrl_(bundle_.plan.resctrl)
    {}

    Result<Created> go()
    {
        if (Status made = make(); !made) {
            undo();
            return std::move(made).error();
        }
        created_.init = std::move(launched_.init.pidfd);
        return std::move(created_);
    }

private:
    plan::Plan &plan() { return bundle_.plan; }
    FdRef pidfd() const { return launched_.init.pidfd; }

    Status make();
    Result<Fd> open_console();
    Status launch_init();
    Status take_in(pid_t pid);
    Status talk();
    Status take_turn(init::Msg msg);
    Result<Heard> hear_init();
    Status expect(init::Msg msg);
    Status expect_end();
    Error failed(const init::Message &message);

    Status map_ids();
    Status adopt_successor();
    Status bring_net_devices();
    Status send_cgroups();
    Status run_early_hooks();
    Status release();
    Status announce();
    Status send_listener();
    void undo();

    const CreateOptions &options_;
    Mode mode_;
    Fd procfs_;
    Bundle bundle_;
    Created created_;
    Reserve reserve_;
    cgroup::Cgroup cgroup_;
    network::Moves net_devices_;
    resctrl::Groups resctrl_;
    Launched launched_;
    SeccompAgent agent_;
    std::vector<init::Msg> turns_;
    bool cgroups_made_ = false;
    bool score_kept_ = false;
    bool announced_ = false;  ///< the pid file is ours
};

/// In this order on purpose: what has to be undone is on disk before it is done.
Status Creation::make()
{
    TRY(cgroup_.look());
    TRY(net_devices_.look());
    TRY(resctrl_.look());
    created_.record.cgroup = cgroup_.record();
    created_.record.resctrl = resctrl_.record();
    TRY(write_record(created_.home.dir(), created_.record));
    TRY(keep_config(created_.home.dir(), bundle_));
    TRY(resctrl_.make());
    TRY_LET(notify, Notify::prepare(bundle_.config, created_.home.dir(), mode_ != Mode::kCreate));
    created_.notify = std::move(notify);
    TRY(launch_init());
    return talk();
}

Result<Fd> Creation::open_console()
{
    if (!plan().terminal) {
        return Fd();
    }
    if (mode_ == Mode::kForeground) {
        TRY_LET(sockets, kernel::socketpair(SOCK_STREAM));
        created_.console = std::move(sockets.ours);
        created_.console_size = bundle_.config.process->console_size;
        return std::move(sockets.theirs);
    }
    return kernel::connect_at(kernel::kCwd, options_.console_socket, SOCK_STREAM)
        .context("opening the console socket");
}

Status Creation::launch_init()
{
    TRY_LET(console, open_console());
    TRY_LET(birthplace, cgroup_.make_birthplace());
    {
        TRY_LET(raised, RaisedLimits::raise(plan().limits));
        TRY_LET(score, BornScore::take(procfs_, plan(), bundle_.host));
        TRY_LET(launched,
                launch(plan(), bundle_.preserved, procfs_, created_.home.dir(), birthplace, console));
        launched_ = std::move(launched);
    }
    cgroup_.born();
    return take_in(launched_.init.pid);
}

/// `pid` is init from now on.
Status Creation::take_in(pid_t pid)
{
    TRY_LET(init, identify(procfs_, pid));
    launched_.init.pid = pid;
    created_.record.init = init;
    TRY(write_record(created_.home.dir(), created_.record));
    TRY(resctrl::enter(created_.record.resctrl, pid));
    TRY_LET(set, set_oom_score_adj(procfs_, launched_.init.pid, plan(), bundle_.host));
    // Engines lower it for privileged containers, and don't know that we can't.
    score_kept_ = !set;
    return {};
}

Status Creation::talk()
{
    turns_ = plan().turns();
    for (const init::Msg msg : turns_) {
        TRY(take_turn(msg));
    }
    TRY(expect_end());
    if (score_kept_) {
        log::warn("process.oomScoreAdj is left as it is: lowering it needs CAP_SYS_RESOURCE");
    }
    for (const std::string &warning : bundle_.warnings) {
        log::warn(warning);
    }
    return {};
}

Status Creation::take_turn(init::Msg msg)
{
    switch (msg) {
    case init::Msg::kUserNs:
    case init::Msg::kCreated:
        return expect(msg);
    case init::Msg::kMapped:
        return map_ids();
    case init::Msg::kForked:
        return adopt_successor();
    case init::Msg::kNetwork:
        TRY(expect(msg));
        return bring_net_devices();
    case init::Msg::kDevices:
        return tell(launched_.sync, msg);
    case init::Msg::kCgroup:
        return send_cgroups();
    case init::Msg::kRootReady:
        TRY(expect(msg));
        return run_early_hooks();
    case init::Msg::kHooksDone:
    case init::Msg::kListening:
        return tell(launched_.sync, msg);
    case init::Msg::kReleased:
        return release();
    case init::Msg::kListener:
        return send_listener();
    case init::Msg::kAdopted:  // of exec alone
    case init::Msg::kFailed:
        break;
    }
    return Error::bug("the plan has a turn that is nobody's");
}

Result<Heard> Creation::hear_init()
{
    TRY_LET(heard, hear(launched_.sync, pidfd()));
    if (!heard.silent && heard.message.msg == init::Msg::kFailed) {
        return failed(heard.message);
    }
    return heard;
}

Status Creation::expect(init::Msg msg)
{
    TRY_LET(heard, hear_init());
    if (heard.silent) {
        return explain_end(pidfd(), created_.record.cgroup);
    }
    if (heard.message.msg != msg) {
        return Error::bug(str("init said ", static_cast<std::uint32_t>(heard.message.msg), " out of turn"));
    }
    return {};
}

/// init closes its end when it parks, and execve(2) does it for a program.
Status Creation::expect_end()
{
    TRY_LET(heard, hear_init());
    if (!heard.silent) {
        return Error::bug("init said something after the last turn");
    }
    if (mode_ == Mode::kCreate) {
        TRY_LET(ended, kernel::wait_ended(pidfd(), 0));
        if (ended) {
            return explain_end(pidfd(), created_.record.cgroup);
        }
    }
    return {};
}

// spec: EnvCreateError, PropApplyFailGenError
Error Creation::failed(const init::Message &message)
{
    const auto index = static_cast<std::size_t>(message.step);
    if (message.step < 0 || index >= plan().steps.size()) {
        return Error::bug("init failed at a step that the plan does not have");
    }
    auto root = kernel::openat(kernel::kCwd, plan().rootfs, O_PATH | O_DIRECTORY);
    Sought program = sought(plan(), index);
    program.root = root ? FdRef(*root) : FdRef(-1);
    program.mounts = bundle_.config.mounts;
    return explain(late_step(plan().steps[index]), message, output_of(launched_, plan(), index), program);
}

Status Creation::map_ids()
{
    const plan::Plan &p = plan();
    TRY(host::write_id_maps(procfs_, launched_.init.pid,
                            {p.uid_map, p.gid_map, p.uid_helper, p.gid_helper, p.deny_setgroups}));
    return tell(launched_.sync, init::Msg::kMapped);
}

Status Creation::adopt_successor()
{
    TRY_LET(heard, hear_init());
    if (heard.silent) {
        return explain_end(pidfd(), created_.record.cgroup);
    }
    if (heard.message.msg != init::Msg::kForked || heard.fds.size() != 1) {
        return Error::bug("init did not send its successor");
    }
    const Fd first = std::exchange(launched_.init.pidfd, std::move(heard.fds[0]));
    TRY_LET(pid, kernel::pid_of(procfs_, pidfd()));
    TRY(take_in(pid));
    (void)kernel::wait_ended(first, -1);
    (void)kernel::reap(first);
    return {};
}

Status Creation::bring_net_devices()
{
    TRY_LET(ns, kernel::openat(procfs_, str(launched_.init.pid, "/ns/net"), O_RDONLY));
    TRY(net_devices_.meet(std::move(ns)));
    created_.record.network = net_devices_.record();
    TRY(write_record(created_.home.dir(), created_.record));
    return net_devices_.carry_out();
}

Status Creation::send_cgroups()
{
    TRY_LET(tasks, cgroup_.make_rest());
    cgroups_made_ = true;
    if (std::ranges::find(turns_, init::Msg::kReleased) == turns_.end()) {
        TRY(announce());
    }
    return tell(launched_.sync, init::Msg::kCgroup, tasks);
}

// spec: CreateRuntimeTiming, PosixHooksNamespaces, PosixHooksStateStatus, PosixHooksStatePid
// spec: PrestartHooksInvoke, PrestartTiming
Status Creation::run_early_hooks()
{
    const oci::Hooks &hooks = bundle_.config.hooks;
    const oci::State state = state_of(created_.record, oci::Status::kCreating);
    TRY(run_hooks(hooks.prestart, "prestart", state));
    return run_hooks(hooks.create_runtime, "createRuntime", state);
}

Status Creation::release()
{
    if (!cgroups_made_) {
        TRY_LET(tasks, cgroup_.make_rest());
    }
    TRY(announce());
    return tell(launched_.sync, init::Msg::kReleased);
}

/// The last the disk and the caller hear of it before init goes on without us.
Status Creation::announce()
{
    if (mode_ != Mode::kCreate) {
        TRY_LET(agent, SeccompAgent::connect(created_.record.listener));
        agent_ = std::move(agent);
    }
    created_.record.phase = mode_ == Mode::kCreate ? Phase::kCreated : Phase::kRunning;
    created_.record.network.reset();  // from now on the devices are the container's
    if (created_.record.resctrl) {
        created_.record.resctrl->undo.clear();  // and the closID is for whoever comes
    }
    TRY(write_record(created_.home.dir(), created_.record));
    return announce_process(options_.pid_file, pidfd_socket(options_, created_.record),
                            created_.record.init.pid, pidfd(), announced_);
}

Status Creation::send_listener()
{
    TRY_LET(heard, hear_init());
    if (heard.silent) {
        return explain_end(pidfd(), created_.record.cgroup);
    }
    const Record &record = created_.record;
    return agent_.send(heard, state_of(record, oci::Status::kCreated), record.init.pid);
}

// spec: PrestartHookFailGenError, PropApplyFailNotCreate, ErrorsLeaveStateUnchange
void Creation::undo()
{
    if (pidfd().get() >= 0) {
        (void)kernel::pidfd_send_signal(pidfd(), SIGKILL);
        if (auto ended = kernel::wait_ended(pidfd(), kPatienceMs); ended && *ended) {  // not a frozen one
            (void)kernel::reap(pidfd());
        }
    }
    reserve_ = {};
    net_devices_.bring_back();
    created_.record.network.reset();
    created_.record.resctrl = resctrl_.record();
    if (announced_) {
        (void)kernel::unlinkat(kernel::kCwd, options_.pid_file, 0);
    }
    if (!created_.record.cgroup.dirs.empty()) {
        created_.record.cgroup = cgroup_.record();  // without what turned out to be somebody else's
    }
    if (Status gone = destroy(created_.root, created_.home, &created_.record); !gone) {
        log::warn(gone.error().text());  // behind the error that led here
    }
}

}  // namespace

// spec: CreateNewContainer, EnvCreateImplement, PropsApplyExceptProcOnCreate
Result<Created> bring_up(const CreateOptions &options, Mode mode)
{
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(id, oci::ContainerId::parse(options.id));
    TRY(kernel::cloexec_from(procfs, 3));  // what the caller leaked goes nowhere
    TRY_LET(bundle, load_bundle(options, procfs, mode == Mode::kCreate));
    TRY(check_terminal(bundle, options, mode == Mode::kForeground));
    TRY_LET(record, first_record(options, bundle, procfs));
    TRY_LET(root, StateRoot::open(options.root, true));
    TRY_LET(reserve, set_aside(procfs));
    TRY_LET(home, root.make(id));
    Created created{std::move(root), std::move(home), std::move(record), Fd(), Fd(), std::nullopt, {}};
    return Creation(options, mode, std::move(procfs), std::move(bundle), std::move(created),
                    std::move(reserve))
        .go();
}

Status create(const CreateOptions &options)
{
    TRY_LET(created, bring_up(options, Mode::kCreate));
    return {};
}

}  // namespace rt::container
