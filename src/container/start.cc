// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include "base/log.h"
#include "base/str.h"
#include "container/channel.h"
#include "container/container.h"
#include "container/failure.h"
#include "container/hooks.h"
#include "container/launch.h"
#include "container/processes.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_process.h"
#include "kernel/calls_socket.h"

namespace rt::container {
namespace {

// spec: PausedStart, StartNotCreatedGenError, StartNotCreatedHaveNoEffect, StartWithProcUnsetGenError
Status check_startable(const Record &record, oci::Status status)
{
    if (status != oci::Status::kCreated) {
        return Error::state(
            str("container \"", record.id, "\" cannot be started: it is ", oci::in_words(status)));
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

/// Until the connection closes: execve(2) does that when it succeeds.
/// A startContainer hook that fails comes as a message, and ends the container's life as a delete does.
// spec: StartContainerHookFailGenError
Status wait_for_exec(const Found &found, FdRef connection, FdRef pidfd)
{
    TRY_LET(heard, hear(connection, pidfd));
    if (heard.silent) {
        return {};
    }
    const Record &record = found.record;
    const auto index = static_cast<std::uint32_t>(heard.message.step) - record.first_late_step;
    if (heard.message.msg != init::Msg::kFailed || index >= record.late_steps.size()) {
        return Error::bug("init failed at a step that the record does not have");
    }
    (void)kernel::wait_ended(pidfd, -1);
    const LateStep &step = record.late_steps[index];
    Error why = explain(step, heard.message, heard.fds.empty() ? FdRef(-1) : heard.fds[0]);
    if (static_cast<init::Op>(step.op) == init::Op::kHook) {
        (void)destroy(found.root, found.home, &record);
    }
    return why;
}

}  // namespace

// spec: ProcArgsApplyUntilStart, PoststartTiming, StartProcImplement, StartContainerHooksInvoke
Status start(const std::string &root, const oci::ContainerId &id)
{
    TRY_LET(found, look_up(root, id, Lock::kExclusive));
    TRY_LET(procfs, kernel::open_procfs());
    TRY_LET(status, status_of(procfs, found.record));
    TRY(check_startable(found.record, status));
    TRY_LET(pidfd, open_process(procfs, found.record.init));
    if (!pidfd.open()) {
        return Error::state(str("container not running: \"", id.text(), "\" has stopped"));
    }
    TRY_LET(connection, knock(found));
    TRY(wait_for_exec(found, connection, pidfd));
    found.record.phase = Phase::kRunning;
    if (Status noted = write_record(found.home.dir(), found.record); !noted) {
        log::warn(noted.error().text());  // it does run, and `state` sees that without the record
    }
    return run_poststart(found.root, found.home, found.record);
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
