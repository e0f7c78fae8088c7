// SPDX-License-Identifier: Apache-2.0
#include "kernel/calls_socket.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"
#include "kernel/retry.h"

namespace rt::kernel {
namespace {

constexpr std::size_t kMaxFds = 32;

struct Address {
    sockaddr_un un = {};
    socklen_t size = 0;
};

/// `dir`/`name` in the 107 bytes that fit.  `dir` has to stay open as long as the address is used.
Result<Address> address_at(FdRef dir, std::string_view name)
{
    Address address;
    address.un.sun_family = AF_UNIX;
    const std::string path =
        dir.get() == AT_FDCWD ? std::string(name) : str("/proc/self/fd/", dir.get(), "/", name);
    if (path.size() >= sizeof(address.un.sun_path)) {
        return Error::kernel(ENAMETOOLONG, str("connect(\"", name, "\")"));
    }
    ::memcpy(address.un.sun_path, path.c_str(), path.size() + 1);
    address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return address;
}

Result<Fd> socket(int type)
{
    Fd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    if (!fd.open()) {
        return Error::kernel(errno, "socket(AF_UNIX)");
    }
    return fd;
}

Status connect(FdRef fd, const Address &address, std::string_view name)
{
    const auto *at = reinterpret_cast<const sockaddr *>(&address.un);
    if (retry([&] { return ::connect(fd.get(), at, address.size); }) == -1) {
        return Error::kernel(errno, str("connect(\"", name, "\")"));
    }
    return {};
}

}  // namespace

Result<SocketPair> socketpair(int type)
{
    int fds[2] = {-1, -1};
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) == -1) {
        return Error::kernel(errno, "socketpair(AF_UNIX)");
    }
    return SocketPair{Fd(fds[0]), Fd(fds[1])};
}

Result<Fd> listen_at(FdRef dir, const char *name)
{
    TRY_LET(fd, socket(SOCK_SEQPACKET));
    TRY_LET(address, address_at(dir, name));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address.un), address.size) == -1) {
        return Error::kernel(errno, str("bind(\"", std::string_view(name), "\")"));
    }
    if (::listen(fd.get(), 1) == -1) {
        return Error::kernel(errno, str("listen(\"", std::string_view(name), "\")"));
    }
    return fd;
}

Result<Fd> bind_at(FdRef dir, const char *name)
{
    constexpr mode_t kForAll = 0666;
    TRY_LET(fd, socket(SOCK_DGRAM));
    TRY_LET(address, address_at(dir, name));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address.un), address.size) == -1) {
        return Error::kernel(errno, str("bind(\"", std::string_view(name), "\")"));
    }
    TRY(fchmodat(dir, name, kForAll));
    return fd;
}

Result<Fd> connect_notify(const std::string &address)
{
    if (!address.starts_with('@')) {
        return connect_at(FdRef(AT_FDCWD), address, SOCK_DGRAM);
    }
    TRY_LET(fd, socket(SOCK_DGRAM));
    TRY_LET(abstract, address_at(FdRef(AT_FDCWD), address));
    abstract.un.sun_path[0] = '\0';
    --abstract.size;  // its name does not end in NUL
    TRY(connect(fd, abstract, address));
    return fd;
}

Result<Fd> connect_at(FdRef dir, const std::string &name, int type, int patience_ms)
{
    TRY_LET(fd, socket(type));
    const timeval patience = {patience_ms / 1000, patience_ms % 1000 * 1000};
    if (patience_ms > 0 &&
        retry([&] { return ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)); }) ==
            -1) {
        return Error::kernel(errno, "setsockopt(SO_SNDTIMEO)");
    }
    Fd parent;
    std::string_view last = name;
    if (dir.get() == AT_FDCWD && name.size() >= sizeof(sockaddr_un::sun_path)) {
        const std::size_t slash = name.rfind('/');
        if (slash == std::string::npos) {
            return Error::kernel(ENAMETOOLONG, str("connect(\"", name, "\")"));
        }
        TRY_LET(opened, openat(dir, name.substr(0, slash + 1), O_PATH | O_DIRECTORY));
        parent = std::move(opened);
        last.remove_prefix(slash + 1);
    }
    TRY_LET(address, address_at(parent.open() ? FdRef(parent) : dir, last));
    TRY(connect(fd, address, name));
    return fd;
}

Result<Fd> netlink_route()
{
    Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!fd.open()) {
        return Error::kernel(errno, "socket(AF_NETLINK)");
    }
    const int on = 1;
    // Without them errors have a number only, and come with the request.
    (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
    (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
    return fd;
}

Status send(FdRef socket, std::span<const char> bytes, std::span<const int> fds)
{
    if (fds.size() > kMaxFds) {
        return Error::bug("too many descriptors for one packet");
    }
    alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))] = {};
    iovec data = {const_cast<char *>(bytes.data()), bytes.size()};
    msghdr header = {};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    if (!fds.empty()) {
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(fds.size_bytes());
        cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fds.size_bytes());
        ::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
    }
    for (;;) {
        const ssize_t sent = retry([&] { return ::sendmsg(socket.get(), &header, MSG_NOSIGNAL); });
        if (sent == -1) {
            return Error::kernel(errno, str("sendmsg(", socket.get(), ")"));
        }
        const auto count = static_cast<std::size_t>(sent);
        if (count >= data.iov_len) {
            return {};
        }
        data = {static_cast<char *>(data.iov_base) + count, data.iov_len - count};
        header.msg_control = nullptr;
        header.msg_controllen = 0;
    }
}

Result<Received> receive(FdRef socket, std::span<char> into)
{
    alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))];
    iovec data = {into.data(), into.size()};
    msghdr header = {};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    const ssize_t size = retry([&] { return ::recvmsg(socket.get(), &header, MSG_CMSG_CLOEXEC); });
    if (size == -1) {
        return Error::kernel(errno, str("recvmsg(", socket.get(), ")"));
    }
    Received received{static_cast<std::size_t>(size), {}};
    for (cmsghdr *part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            ::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
            received.fds.emplace_back(fd);
        }
    }
    return received;
}

}  // namespace rt::kernel
