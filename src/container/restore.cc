// SPDX-License-Identifier: Apache-2.0
//
// The other half of checkpoint.cc: what `create` does with init, CRIU does here with the processes it has
// saved.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include <utility>

#include "base/log.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "container/adjust.h"
#include "container/announce.h"
#include "container/checkpoint.h"
#include "container/create.h"
#include "container/foreground.h"
#include "container/hooks.h"
#include "container/mount_points.h"
#include "container/private_mounts.h"
#include "container/processes.h"
#include "container/restore_plans.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"
#include "resctrl/resctrl.h"

namespace rt::container {
namespace {

class Restoration {
public:
    Restoration(const RestoreOptions &options, Fd procfs, RestorePlans plans, Created created,
                criu::Session session)
        : options_(options), procfs_(std::move(procfs)), plans_(std::move(plans)),
          created_(std::move(created)), cgroup_(plans_.bundle.plan.cgroup, plans_.bundle.host.cgroups),
          resctrl_(plans_.bundle.plan.resctrl), session_(std::move(session))
    {}

    Result<Created> go();

private:
    Record &record() { return created_.record; }

    Status make();
    Status make_surroundings();
    Result<Fd> open_console();
    Status enter_cgroups() const;
    void move_cgroups();
    Status perform();
    Status answer(criu::Notification &notification);
    Status take_in(pid_t pid);
    Status set_up_namespaces(criu::Notification &notification);
    Status announce(criu::Notification &notification);
    Status send_console(criu::Notification &notification);
    void undo();

    const RestoreOptions &options_;
    Fd procfs_;
    RestorePlans plans_;
    Created created_;
    cgroup::Cgroup cgroup_;
    resctrl::Groups resctrl_;
    std::optional<criu::Session> session_;
    Fd console_;  ///< what the terminal's master is sent to
    bool announced_ = false;
};

Result<Created> Restoration::go()
{
    Status made = make();
    if (!made) {
        session_->abandon();
    }
    session_.reset();
    if (!made) {
        undo();
        return std::move(made).error();
    }
    return std::move(created_);
}

/// In this order on purpose: what has to be undone is on disk before it is done.
Status Restoration::make()
{
    TRY(cgroup_.look());
    TRY(resctrl_.look());
    record().cgroup = cgroup_.record();
    record().resctrl = resctrl_.record();
    TRY_LET(criu, identify(procfs_, session_->pid()));
    record().restorer = criu;
    TRY(write_record(created_.home.dir(), record()));
    TRY(keep_config(created_.home.dir(), plans_.bundle));
    TRY(make_surroundings());
    return perform();
}

Status Restoration::make_surroundings()
{
    TRY(resctrl_.make());
    TRY_LET(notify, Notify::prepare(plans_.bundle.config, created_.home.dir(), true));
    created_.notify = std::move(notify);
    TRY_LET(birthplace, cgroup_.make_birthplace());
    TRY_LET(tasks, cgroup_.make_rest());
    if (plans_.told.cgroup_mode == criu::CgroupMode::kIgnore) {
        TRY(enter_cgroups());
    }
    TRY(make_mount_points(plans_.bundle.plan.rootfs, plans_.bundle.config));
    TRY_LET(console, open_console());
    console_ = std::move(console);
    return {};
}

/// CRIU leaves cgroups alone: its children are born where it is.
Status Restoration::enter_cgroups() const
{
    for (const std::string &dir : cgroup_.record().dirs) {
        TRY(kernel::write_file(kernel::kCwd, str(dir, "/cgroup.procs"), str(session_->pid())));
    }
    return {};
}

Result<Fd> Restoration::open_console()
{
    if (!plans_.bundle.plan.terminal) {
        return Fd();
    }
    if (options_.detach) {
        return kernel::connect_at(kernel::kCwd, options_.create.console_socket, SOCK_STREAM)
            .context("opening the console socket");
    }
    TRY_LET(sockets, kernel::socketpair(SOCK_STREAM));
    created_.console = std::move(sockets.ours);
    created_.console_size = plans_.bundle.config.process->console_size;
    return std::move(sockets.theirs);
}

/// What the container saw of its cgroups it sees of those that it is in now.
void Restoration::move_cgroups()
{
    const std::vector<std::string> &before = plans_.externals.cgroups, &now = record().cgroup.dirs;
    for (ExternalMount &mount : plans_.externals.mounts) {
        for (std::size_t i = 0; i < before.size() && before.size() == now.size(); ++i) {
            if (mount.source.starts_with(before[i])) {
                mount.source.replace(0, before[i].size(), now[i]);
                break;
            }
        }
    }
}

Status Restoration::perform()
{
    move_cgroups();
    for (const ExternalMount &mount :
         mounts_to_restore(plans_.externals.mounts, plans_.bundle.config, plans_.bundle.path)) {
        plans_.told.mounts.push_back({mount.point, mount.source});
    }
    auto done = session_->perform(criu::Type::kRestore, plans_.told,
                                  [this](criu::Notification &n) { return answer(n); });
    if (!done) {
        return std::move(done).error().hint(str("the whole log: ", plans_.dirs.work_path, '/', kRestoreLog));
    }
    return {};
}

Status Restoration::answer(criu::Notification &notification)
{
    struct Point {
        std::string_view script;
        Status (Restoration::*act)(criu::Notification &);
    };
    constexpr Point kPoints[] = {
        {"setup-namespaces", &Restoration::set_up_namespaces},
        {"orphan-pts-master", &Restoration::send_console},
        {"post-restore", &Restoration::announce},
    };
    for (const Point &point : kPoints) {
        if (point.script == notification.script) {
            return (this->*point.act)(notification);
        }
    }
    return {};
}

/// `pid` is the container's first process; it is a child of ours.
Status Restoration::take_in(pid_t pid)
{
    if (record().init.pid == pid) {
        return {};
    }
    TRY_LET(init, identify(procfs_, pid));
    record().init = init;
    TRY_LET(pidfd, kernel::pidfd_open(pid));
    created_.init = std::move(pidfd);
    session_->depend_on(created_.init);
    return write_record(created_.home.dir(), record());
}

/// There are namespaces, and nothing in them: what an engine does about the network it does now.
// spec: CreateRuntimeTiming, PrestartTiming
Status Restoration::set_up_namespaces(criu::Notification &notification)
{
    TRY(take_in(notification.pid));
    const oci::Hooks &hooks = plans_.bundle.config.hooks;
    const oci::State state = state_of(record(), oci::Status::kCreating);
    TRY(run_hooks(hooks.prestart, "prestart", state));
    return run_hooks(hooks.create_runtime, "createRuntime", state);
}

Status Restoration::send_console(criu::Notification &notification)
{
    if (!console_.open() || !notification.fd.open()) {
        return Error::input("the checkpoint has a terminal, and process.terminal is not true");
    }
    constexpr std::string_view kName = "/dev/ptmx";
    const int fds[] = {notification.fd.get()};
    TRY(kernel::send(console_, kName, fds).context("sending the terminal"));
    console_ = Fd();
    return {};
}

/// All is there, and nothing runs yet.
Status Restoration::announce(criu::Notification &notification)
{
    TRY(take_in(notification.pid));
    TRY(resctrl::enter(record().resctrl, notification.pid));
    if (record().resctrl) {
        record().resctrl->undo.clear();
    }
    record().phase = Phase::kRunning;
    TRY(write_record(created_.home.dir(), record()));
    const CreateOptions &create = options_.create;
    return announce_process(create.pid_file, pidfd_socket(create, record()), record().init.pid, created_.init,
                            announced_);
}

void Restoration::undo()
{
    if (created_.init.open()) {
        (void)kernel::pidfd_send_signal(created_.init, SIGKILL);
        (void)kernel::reap(created_.init);
    }
    if (announced_) {
        (void)kernel::unlinkat(kernel::kCwd, options_.create.pid_file, 0);
    }
    record().resctrl = resctrl_.record();
    if (!record().cgroup.dirs.empty()) {
        record().cgroup = cgroup_.record();  // without what turned out to be somebody else's
    }
    if (Status gone = destroy(created_.root, created_.home, &record()); !gone) {
        log::warn(gone.error().text());  // behind the error that led here
    }
}

/// CRIU in a mount namespace of its own, where the root file system is a mount point.  The directories are
/// opened anew there: it mounts in them.
Result<criu::Session> start_criu(RestorePlans &plans)
{
    std::vector<int> inherited;
    for (const Fd &fd : plans.inherited) {
        inherited.push_back(fd.get());
    }
    TRY_LET(mounts, PrivateMounts::enter());
    TRY(mounts.bind_to_itself(plans.bundle.plan.rootfs));
    TRY_LET(dirs, open_checkpoint(plans.dirs.image_path, plans.dirs.work_path, false));
    plans.dirs = std::move(dirs);
    plans.told.images_dir = plans.dirs.image.get();
    plans.told.work_dir = plans.dirs.work.get();
    return criu::Session::start(plans.told.program, inherited,
                                plans.told.shell_job ? criu::Group::kOurs : criu::Group::kOwn);
}

/// The container runs, or there is none.
Result<Created> bring_back(const RestoreOptions &options)
{
    TRY(check_root("restore"));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(id, oci::ContainerId::parse(options.create.id));
    TRY(kernel::cloexec_from(procfs, 3));
    TRY_LET(plans, plan_restore(options, procfs));
    TRY_LET(session, start_criu(plans));
    TRY(check_criu(session, plans.told));
    TRY_LET(record, first_record(options.create, plans.bundle, procfs));
    TRY_LET(root, StateRoot::open(options.create.root, true));
    TRY_LET(home, root.make(id));
    Created created{std::move(root), std::move(home), std::move(record), Fd(), Fd(), std::nullopt, {}};
    auto restored =
        Restoration(options, std::move(procfs), std::move(plans), std::move(created), std::move(session))
            .go();
    if (!restored) {
        return std::move(restored).error().context(str("restoring container \"", id.text(), "\""));
    }
    return restored;
}

}  // namespace

Result<int> restore(const RestoreOptions &options)
{
    if (options.detach) {
        TRY_LET(created, bring_back(options));
        TRY(run_poststart(created.root, created.home, created.record));
        return 0;
    }
    TRY_LET(signals, Signals::hold());
    if (options.subreaper) {
        TRY(kernel::set_child_subreaper());
    }
    TRY_LET(created, bring_back(options));
    TRY(run_poststart(created.root, created.home, created.record));
    log::settle();
    return attend(signals, std::move(created), false);
}

}  // namespace rt::container
