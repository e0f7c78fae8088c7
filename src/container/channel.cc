// SPDX-License-Identifier: Apache-2.0
#include "container/channel.h"

#include <poll.h>
#include <string.h>

#include <cerrno>
#include <span>

#include "kernel/calls_socket.h"

namespace rt::container {
namespace {

Status wait_for(std::span<pollfd> waiting, int timeout_ms)
{
    while (::poll(waiting.data(), waiting.size(), timeout_ms) == -1) {
        if (errno != EINTR) {
            return Error::kernel(errno, "poll()");
        }
    }
    return {};
}

}  // namespace

Result<Heard> hear(FdRef socket, FdRef pidfd)
{
    pollfd waiting[] = {{socket.get(), POLLIN, 0}, {pidfd.get(), POLLIN, 0}};
    TRY(wait_for(waiting, -1));
    Heard heard;
    // A message that was sent before the end is read first: it says why.  It may have come after poll(2) had
    // looked at the socket, and before it looked at the pidfd.
    if (waiting[0].revents == 0) {
        TRY(wait_for({waiting, 1}, 0));
    }
    if (waiting[0].revents == 0) {
        heard.silent = true;
        return heard;
    }
    char packet[sizeof(init::Message)] = {};
    // It ended with a message of ours unread: the kernel says so once, before what it still had to say.
    auto reset = kernel::receive(socket, packet);
    const bool again = !reset && reset.error().err() == ECONNRESET;
    TRY_LET(received, again ? kernel::receive(socket, packet) : std::move(reset));
    heard.silent = received.size == 0;
    ::memcpy(&heard.message, packet, sizeof(packet));
    heard.fds = std::move(received.fds);
    return heard;
}

Status tell(FdRef socket, init::Msg msg, const std::vector<Fd> &fds)
{
    init::Message message = {};
    message.msg = msg;
    char packet[init::kMessageHead];
    ::memcpy(packet, &message, sizeof(packet));
    std::vector<int> numbers;
    for (const Fd &fd : fds) {
        numbers.push_back(fd.get());
    }
    Status sent = kernel::send(socket, packet, numbers);
    if (!sent && (sent.error().err() == EPIPE || sent.error().err() == ECONNRESET)) {
        return {};
    }
    return sent;
}

}  // namespace rt::container
