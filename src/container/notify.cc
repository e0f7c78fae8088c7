// SPDX-License-Identifier: Apache-2.0
#include "container/notify.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>

#include "base/log.h"
#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/calls_socket.h"

namespace rt::container {
namespace {

constexpr const char *kDirectory = "notify";
constexpr const char *kSocket = "notify.sock";
constexpr std::string_view kDestination = "/run/notify";  // where runc has it
constexpr std::string_view kVariable = "NOTIFY_SOCKET=";

std::string caller()
{
    const char *address = ::getenv("NOTIFY_SOCKET");
    return address == nullptr ? "" : address;
}

std::string absolute(const std::string &path)
{
    char cwd[PATH_MAX];
    return path.starts_with('/') || ::getcwd(cwd, sizeof cwd) == nullptr
               ? path
               : str(std::string_view(cwd), '/', path);
}

bool has_socket(const oci::Config &config)
{
    return std::ranges::any_of(config.process->env,
                               [](const std::string &entry) { return entry.starts_with(kVariable); }) ||
           std::ranges::any_of(config.mounts,
                               [](const oci::Mount &mount) { return mount.destination == kDestination; });
}

bool makes_mounts(const oci::Config &config)
{
    return std::ranges::any_of(config.linux_.namespaces, [](const oci::Namespace &ns) {
        return ns.type == oci::NamespaceType::kMount && ns.path.empty();
    });
}

bool says_ready(std::string_view text)
{
    constexpr std::string_view kReady = "READY=1";
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        if (line == kReady) {
            return true;
        }
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return false;
}

Status tell_caller(pid_t main_pid)
{
    // Both in one: systemd looks for the main process first.
    const std::string text = main_pid == 0 ? std::string("READY=1") : str("READY=1\nMAINPID=", main_pid);
    TRY_LET(socket, kernel::connect_notify(caller()));
    return kernel::send(socket, text);
}

}  // namespace

// spec: NotifySocket
void offer_notify_socket(oci::Config &config, const std::string &root, const std::string &id)
{
    if (caller().empty() || !config.process || has_socket(config) || !makes_mounts(config)) {
        return;
    }
    oci::Mount mount;
    mount.destination = kDestination;
    mount.type = "bind";
    mount.source = str(absolute(root), '/', id, '/', kDirectory);
    mount.options = {"bind", "nosuid", "noexec", "nodev", "ro"};
    config.mounts.push_back(std::move(mount));
    config.process->env.push_back(str(kVariable, kDestination, '/', kSocket));
}

Result<Notify> Notify::prepare(const oci::Config &config, FdRef home, bool listens)
{
    constexpr mode_t kForAll = 0755;
    const bool offered = !config.mounts.empty() && config.mounts.back().destination == kDestination &&
                         config.mounts.back().source.ends_with(str('/', kDirectory)) && !caller().empty();
    if (!offered) {
        return Notify();
    }
    TRY(kernel::mkdirat(home, kDirectory, kForAll));
    TRY(kernel::fchmodat(home, kDirectory, kForAll));  // whatever our umask
    return listens ? listen(home) : Result<Notify>(Notify());
}

Result<Notify> Notify::listen(FdRef home)
{
    Notify notify;
    if (caller().empty()) {
        return notify;
    }
    auto dir = kernel::openat(home, kDirectory, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (!dir && dir.error().err() == ENOENT) {
        return notify;
    }
    TRY_LET(opened, std::move(dir));
    (void)kernel::unlinkat(opened, kSocket, 0);  // of a start that failed
    TRY_LET(socket, kernel::bind_at(opened, kSocket).context("making the notify socket"));
    notify.socket_ = std::move(socket);
    return notify;
}

void Notify::take(pid_t main_pid)
{
    char text[4096];
    // Descriptors that come along (BARRIER=1) are closed at once, which is what their sender waits for.
    auto received = kernel::receive(socket_, text);
    if (received && says_ready(std::string_view(text, received->size))) {
        socket_ = Fd();
        if (Status told = tell_caller(main_pid); !told) {
            log::warn(std::move(told).error().context("passing on that the program is ready").text());
        }
    }
}

// spec: NotifyNeverHangs
void Notify::wait(FdRef pidfd, pid_t main_pid)
{
    while (awaited()) {
        pollfd waiting[] = {{socket_.get(), POLLIN, 0}, {pidfd.get(), POLLIN, 0}};
        if (::poll(waiting, 2, -1) == -1) {
            continue;  // EINTR
        }
        if (waiting[0].revents != 0) {
            take(main_pid);  // what was sent before the end counts
        } else if (waiting[1].revents != 0) {
            return;
        }
    }
}

}  // namespace rt::container
