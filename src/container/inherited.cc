// SPDX-License-Identifier: Apache-2.0
#include "container/inherited.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "base/str.h"

namespace rt::container {
namespace {

std::uint32_t number_in(const char *name)
{
    const char *text = ::getenv(name);
    std::uint32_t value = 0;
    if (text != nullptr) {
        const char *end = text + ::strlen(text);
        const auto [stop, error] = std::from_chars(text, end, value);
        if (error != std::errc() || stop != end) {
            return 0;
        }
    }
    return value;
}

}  // namespace

std::uint32_t listen_fds()
{
    const std::uint32_t pid = number_in("LISTEN_PID");
    return pid == 0 || pid == static_cast<std::uint32_t>(::getpid()) ? number_in("LISTEN_FDS") : 0;
}

// spec: OnlyAskedDescriptors
Status check_open(std::uint64_t count)
{
    for (std::uint64_t fd = kFirstHandedOn; fd < kFirstHandedOn + count; ++fd) {
        if (::fcntl(static_cast<int>(fd), F_GETFD) == -1) {
            return Error::input(str("file descriptor ", fd, " is to be preserved but is not open"));
        }
    }
    return {};
}

}  // namespace rt::container
