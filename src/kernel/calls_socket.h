// SPDX-License-Identifier: Apache-2.0
//
// Unix sockets, and descriptors sent over them.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace rt::kernel {

struct SocketPair {
    Fd ours, theirs;
};

/// socketpair(2) of `type` (SOCK_SEQPACKET, SOCK_STREAM), both ends close-on-exec.
Result<SocketPair> socketpair(int type);

/// A SOCK_SEQPACKET socket bound at `name` below `dir` and listening; a leftover there is EADDRINUSE.
Result<Fd> listen_at(FdRef dir, const char *name);
/// A SOCK_DGRAM socket bound at `name` below `dir`, for anybody to send to.
Result<Fd> bind_at(FdRef dir, const char *name);
/// A SOCK_DGRAM socket connected to `address` as sd_notify(3) has it: an absolute path, or "@" and the name
/// of an abstract one.
Result<Fd> connect_notify(const std::string &address);
/// Connects to the socket `name` below `dir` (AT_FDCWD: any path).  Paths may be longer than the 107
/// bytes of sun_path: they go through /proc/self/fd.  With `patience_ms` connect(2) and every send(2) on it
/// fail with EAGAIN when the other side has had no room for that long; 0: they wait.
Result<Fd> connect_at(FdRef dir, const std::string &name, int type, int patience_ms = 0);

/// sendmsg(2) of `bytes`, with `fds` as SCM_RIGHTS when there are any, until all are sent: a stream may take
/// them in parts, and has the descriptors with the first.  No SIGPIPE.
Status send(FdRef socket, std::span<const char> bytes, std::span<const int> fds = {});

/// A socket of rtnetlink(7), close-on-exec, of the network namespace we are in and for good.  Its answers
/// have the kernel's own words with an error.
Result<Fd> netlink_route();

struct Received {
    std::size_t size = 0;  ///< 0: the other side is gone
    std::vector<Fd> fds;   ///< close-on-exec
};
/// recvmsg(2) of one packet into `into`.
Result<Received> receive(FdRef socket, std::span<char> into);

}  // namespace rt::kernel
