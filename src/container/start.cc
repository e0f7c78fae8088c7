// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <cerrno>

#include "base/log.h"
#include "base/str.h"
#include "container/channel.h"
#include "container/container.h"
#include "container/failure.h"
#include "container/hooks.h"
#include "container/launch.h"
#include "container/listener.h"
#include "container/notify.h"
#include "container/processes.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/calls_socket.h"
#include "oci/load.h"

namespace rt::container {
namespace {

constexpr int kPatienceMs = 1000;  // of a process that may be frozen

// spec: PausedStart, FrozenAbove
// spec: StartNotCreatedGenError, StartNotCreatedHaveNoEffect, StartWithProcUnsetGenError
Status check_startable(const Record &record, const Condition &condition)
{
    if (condition.status != oci::Status::kCreated) {
        return Error::state(
            str("container \"", record.id, "\" cannot be started: it is ", oci::in_words(condition.status)));
    }
    if (condition.frozen != cgroup::Frozen::kNo) {
        return Error::state(str("container \"", record.id,
                                "\" cannot be started: ", cgroup::frozen_above(record.cgroup)))
            .hint("thaw that");
    }
    if (!record.has_process) {
        return Error::state(str("container \"", record.id, "\" has no process to start"))
            .hint("its config.json has no \"process\"");
    }
    return {};
}

Result<Fd> knock(const Found &found)
{
    auto connection = kernel::connect_at(found.home.dir(), kStartSocket, SOCK_SEQPACKET);
    if (!connection && (connection.error().err() == ECONNREFUSED || connection.error().err() == ENOENT)) {
        return Error::state(str("container not running: \"", found.record.id, "\" has stopped"));
    }
    TRY_LET(socket, std::move(connection).context("waking init"));
    constexpr char kGo[] = {'\n'};
    TRY(kernel::send(socket, kGo).context("waking init"));
    return socket;
}

/// Once init has woken up: what it goes through until it is the container's program.
class Waking {
public:
    Waking(const Found &found, KeptRoot root, Fd connection, FdRef pidfd)
        : found_(found), record_(found.record), root_(std::move(root)), connection_(std::move(connection)),
          pidfd_(pidfd)
    {}

    Status pass_listener(SeccompAgent agent);
    Status wait_for_exec();

private:
    Result<Heard> hear_init();
    Error explain_failure(const LateStep &step, const Heard &heard) const;

    const Found &found_;
    const Record &record_;
    KeptRoot root_;
    Fd connection_;
    FdRef pidfd_;
};

/// config.json is read for the environment and the working directory that a program was looked for with.
Error Waking::explain_failure(const LateStep &step, const Heard &heard) const
{
    const FdRef output = heard.fds.empty() ? FdRef(-1) : FdRef(heard.fds[0]);
    auto text = read_config(found_.home.dir());
    auto config = oci::load_config(text ? *text : "", "config.json");
    if (!config || !config->process) {
        return explain(step, heard.message, output);
    }
    Sought program = sought(*config->process);
    Fd rootfs;
    if (root_.dir.open()) {
        program.root = root_.dir;
    } else if (auto opened = kernel::openat(kernel::kCwd, record_.rootfs, O_PATH | O_DIRECTORY)) {
        rootfs = std::move(opened).take();
        program.root = rootfs;
        program.mounts = config->mounts;
    }
    return explain(step, heard.message, output, program);
}

/// A startContainer hook that fails comes as a message, and ends the container's life as a delete does.
// spec: StartContainerHookFailGenError
Result<Heard> Waking::hear_init()
{
    TRY_LET(heard, hear(connection_, pidfd_));
    if (heard.silent || heard.message.msg != init::Msg::kFailed) {
        return heard;
    }
    const auto index = static_cast<std::uint32_t>(heard.message.step) - record_.first_late_step;
    if (index >= record_.late_steps.size()) {
        return Error::bug("init failed at a step that the record does not have");
    }
    (void)kernel::wait_ended(pidfd_, -1);
    const LateStep &step = record_.late_steps[index];
    Error why = explain_failure(step, heard);
    if (static_cast<init::Op>(step.op) == init::Op::kHook) {
        (void)destroy(found_.root, found_.home, &record_);
    }
    return why;
}

// spec: SeccompListenerFailGenError
Status Waking::pass_listener(SeccompAgent agent)
{
    if (!agent.awaited()) {
        return {};
    }
    TRY_LET(heard, hear_init());
    if (heard.silent) {
        return Error::state("init is gone");
    }
    Status sent = agent.send(heard, state_of(record_, oci::Status::kCreated), record_.init.pid);
    if (!sent) {
        connection_ = Fd();  // init ends when nobody is left to tell it to go on
        (void)kernel::wait_ended(pidfd_, kPatienceMs);
        return sent;
    }
    return tell(connection_, init::Msg::kListening);
}

/// Until the connection closes: execve(2) does that when it succeeds.
Status Waking::wait_for_exec()
{
    TRY_LET(heard, hear_init());
    return heard.silent ? Status() : Status(Error::bug("init said something out of turn"));
}

}  // namespace

// spec: ProcArgsApplyUntilStart, PoststartTiming, StartProcImplement, StartContainerHooksInvoke
Status start(const std::string &root, const oci::ContainerId &id)
{
    TRY_LET(found, look_up(root, id, Lock::kExclusive));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(condition, condition_of(procfs, found.record));
    TRY(check_startable(found.record, condition));
    TRY_LET(pidfd, open_process(procfs, found.record.init));
    if (!pidfd.open()) {
        return Error::state(str("container not running: \"", id.text(), "\" has stopped"));
    }
    TRY_LET(agent, SeccompAgent::connect(found.record.listener));
    TRY_LET(notify, Notify::listen(found.home.dir()));
    KeptRoot container_root = keep_root(procfs, found.record.init.pid);
    TRY_LET(connection, knock(found));
    Waking waking(found, std::move(container_root), std::move(connection), pidfd);
    TRY(waking.pass_listener(std::move(agent)));
    TRY(waking.wait_for_exec());
    found.record.phase = Phase::kRunning;
    if (Status noted = write_record(found.home.dir(), found.record); !noted) {
        log::warn(noted.error().text());  // it does run, and `state` sees that without the record
    }
    TRY(run_poststart(found.root, found.home, found.record));
    (void)found.home.unlock();  // it runs: others may want to change it meanwhile
    notify.wait(pidfd, found.record.init.pid);
    return {};
}

// spec: PoststartHookFailGenError, PoststartHooksInvoke
Status run_poststart(const StateRoot &root, Home &home, const Record &record)
{
    if (record.poststart.empty()) {
        return {};
    }
    (void)home.unlock();
    Status ran = run_hooks(record.poststart, "poststart", state_of(record, oci::Status::kRunning));
    if (!ran) {
        (void)end(root, home, record);
    }
    return ran;
}

}  // namespace rt::container
