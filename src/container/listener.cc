// SPDX-License-Identifier: Apache-2.0
#include "container/listener.h"

#include <cerrno>
#include <utility>

#include "base/json.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"

namespace rt::container {
namespace {

constexpr int kPatienceMs = 5000;
constexpr const char *kPointer = "/linux/seccomp/listenerPath";

// spec: ProcessStateJson, ProcessStateOciVersion, ProcessStateFds, ProcessStatePid, ProcessStateMetadata
// spec: ProcessStateState
std::string process_state(const SeccompListener &listener, const oci::State &state, pid_t pid)
{
    json::Writer out(json::Layout::kCompact);
    out.begin_object().name("ociVersion").string(state.oci_version);
    out.name("fds").begin_array().string("seccompFd").end_array();
    out.name("pid").number(pid);
    if (!listener.metadata.empty()) {
        out.name("metadata").string(listener.metadata);
    }
    out.name("state").raw(oci::hook_state(state)).end_object();
    return std::move(out).take();
}

Error with_hint(Error error)
{
    const int err = error.err();
    if (err == ECONNREFUSED || err == ENOENT) {
        return std::move(error).hint("the agent has to listen before the container is started");
    }
    if (err == EPROTOTYPE) {
        return std::move(error).hint("the agent has to listen on a SOCK_STREAM socket");
    }
    return err == EAGAIN ? std::move(error).hint("the agent does not accept connections") : std::move(error);
}

}  // namespace

// spec: SeccompListenerIgnored
std::optional<SeccompListener> listener_of(const oci::Config &config)
{
    const auto &seccomp = config.linux_.seccomp;
    if (!seccomp || !seccomp->notifies()) {
        return std::nullopt;
    }
    return SeccompListener{seccomp->listener_path, seccomp->listener_metadata};
}

// spec: SeccompListenerEarly
Status check_listener(const oci::Config &config)
{
    const auto listener = listener_of(config);
    if (!listener || !config.hooks.prestart.empty() || !config.hooks.create_runtime.empty()) {
        return {};
    }
    auto there = kernel::fstatat(kernel::kCwd, listener->path, 0);
    if (there && S_ISSOCK(there->st_mode)) {
        return {};
    }
    const std::string trouble = there ? "is no socket" : there.error().text();
    return Error::input_at(kPointer, str("\"", listener->path, "\": ", trouble))
        .hint("the seccomp agent has to listen there");
}

// spec: SeccompListenerPath, SeccompListenerNotReused, SeccompListenerFailGenError, SeccompListenerEarly
Result<SeccompAgent> SeccompAgent::connect(const std::optional<SeccompListener> &listener)
{
    if (!listener) {
        return SeccompAgent();
    }
    auto connection = kernel::connect_at(kernel::kCwd, listener->path, SOCK_STREAM, kPatienceMs);
    if (!connection) {
        return with_hint(std::move(connection).error()).context("connecting to the seccomp agent");
    }
    return SeccompAgent(std::move(connection).take(), *listener);
}

// spec: SeccompListenerOneState, SeccompListenerClosed, SeccompFd, ProcessStateFdsFirst
Status SeccompAgent::send(const Heard &heard, const oci::State &state, pid_t pid)
{
    const Fd connection = std::move(connection_);
    if (heard.message.msg != init::Msg::kListener || heard.fds.size() != 1) {
        return Error::bug("init did not send its seccomp listener");
    }
    const int fds[] = {heard.fds[0].get()};
    Status sent = kernel::send(connection, process_state(listener_, state, pid), fds);
    if (!sent) {
        return with_hint(std::move(sent).error())
            .context(str("sending the seccomp listener to \"", listener_.path, "\""));
    }
    return {};
}

}  // namespace rt::container
