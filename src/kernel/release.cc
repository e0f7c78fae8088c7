// SPDX-License-Identifier: Apache-2.0
#include "kernel/release.h"

#include <sys/utsname.h>

#include <charconv>

namespace rt::kernel {

Release release_of(std::string_view text)
{
    Release release;
    const char *const end = text.data() + text.size();
    const auto [dot, error] = std::from_chars(text.data(), end, release.major);
    if (error != std::errc() || dot == end || *dot != '.' ||
        std::from_chars(dot + 1, end, release.minor).ec != std::errc()) {
        return {};
    }
    return release;
}

std::string release()
{
    utsname names = {};
    return ::uname(&names) == 0 ? names.release : "";
}

}  // namespace rt::kernel
