// SPDX-License-Identifier: Apache-2.0
#include "kernel/calls_mount.h"

#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "base/str.h"
#include "kernel/calls_fs.h"

namespace rt::kernel {

Status mount(const std::string &source, const std::string &target, unsigned long flags)
{
    if (::mount(source.c_str(), target.c_str(), nullptr, flags, nullptr) == -1) {
        return Error::kernel(errno, str("mount(\"", source, "\" on \"", target, "\")"));
    }
    return {};
}

Status chroot(FdRef dir)
{
    TRY(fchdir(dir));
    if (::chroot(".") == -1) {
        return Error::kernel(errno, "chroot(\".\")");
    }
    return {};
}

}  // namespace rt::kernel
